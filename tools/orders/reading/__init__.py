"""What a shopper asks of an order: read by rules, held against the orders that they have."""

from tools.orders.reading.reader import read_request as read_request
from tools.orders.reading.request import Kind as Kind
from tools.orders.reading.request import OrderRequest as OrderRequest
