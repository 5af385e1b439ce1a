"""A shop of two goods and one customer, in the shape of tau2-bench's retail records."""

from typing import Any

from evals.adapters.tau2_retail import Retail

ADDRESS = {
    "address1": "5 Mill Lane",
    "address2": "",
    "city": "Dover",
    "state": "DE",
    "country": "USA",
    "zip": "19901",
}


def _item(id: str, price: float, *, available: bool = True, **options: str) -> dict[str, Any]:
    return {"item_id": id, "price": price, "available": available, "options": options}


def _ordered(id: str, product: str, name: str, price: float, **options: str) -> dict[str, Any]:
    return {
        "item_id": id,
        "product_id": product,
        "name": name,
        "price": price,
        "options": options,
    }


def _order(id: str, status: str, paid_by: str, *items: dict[str, Any]) -> dict[str, Any]:
    total = round(sum(item["price"] for item in items), 2)
    return {
        "order_id": id,
        "user_id": "ada_1",
        "address": ADDRESS,
        "items": list(items),
        "status": status,
        "fulfillments": [],
        "payment_history": [
            {"transaction_type": "payment", "amount": total, "payment_method_id": paid_by}
        ],
    }


_MUG = _ordered("mug-s", "mug", "Mug", 10.5, size="small")
_PEN = _ordered("pen-b", "pen", "Pen", 3.25, color="blue")

DATA: dict[str, Any] = {
    "products": {
        "mug": {
            "product_id": "mug",
            "name": "Mug",
            "variants": {
                "mug-s": _item("mug-s", 10.5, size="small"),
                "mug-l": _item("mug-l", 14.75, size="large"),
                "mug-x": _item("mug-x", 99.0, available=False, size="huge"),
            },
        },
        "pen": {
            "product_id": "pen",
            "name": "Pen",
            "variants": {
                "pen-b": _item("pen-b", 3.25, color="blue"),
                "pen-r": _item("pen-r", 4.0, color="red"),
            },
        },
    },
    "users": {
        "ada_1": {
            "user_id": "ada_1",
            "name": {"first_name": "Ada", "last_name": "Núñez"},
            "address": ADDRESS,
            "email": "Ada@Example.com",
            "payment_methods": {
                "gift_1": {"source": "gift_card", "id": "gift_1", "balance": 12.0},
                "card_1": {
                    "source": "credit_card",
                    "id": "card_1",
                    "brand": "visa",
                    "last_four": "0001",
                },
                "pal_1": {"source": "paypal", "id": "pal_1"},
            },
            "orders": ["#P", "#G", "#D"],
        }
    },
    "orders": {
        "#P": _order("#P", "pending", "card_1", _MUG, _PEN),
        "#G": _order("#G", "pending", "gift_1", _PEN, _PEN),
        "#D": _order("#D", "delivered", "card_1", _MUG, _MUG, _PEN),
    },
}


def shop() -> Retail:
    """The records."""
    return Retail.model_validate(DATA)
