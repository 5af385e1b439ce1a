"""``PUT``, ``PATCH`` and ``DELETE`` of products: the shop changes its catalogue as it sells.

The gate lets only the shop through. Routes run in threads, as they compute and write.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from assistant.app import Assistant
from assistant.folding import Folding
from assistant.http.observing import Observer
from retrieval.errors import BadInput, UnknownProduct
from retrieval.importing.reasons import sentence
from retrieval.importing.report import Remark
from retrieval.importing.variants import MOST_VARIANTS, ReadVariant, Variants
from retrieval.index import CatalogueIndex, as_json
from retrieval.product import Availability, Money, Product, Variant
from retrieval.single_product import clean_product

_MOST_PRODUCTS = 500
Paid = Annotated[Money, Field(gt=0)]


class ProductsRequest(BaseModel):
    """New products, and known ones as they are from now on.

    Attributes:
        catalog: by default the shop's.
    """

    model_config = ConfigDict(extra="forbid")

    products: list[Product] = Field(min_length=1, max_length=_MOST_PRODUCTS)
    catalog: str | None = None


class VariantPatch(BaseModel):
    """What is new of one variant."""

    model_config = ConfigDict(extra="forbid")

    sku: str = Field(min_length=1, max_length=200)
    price: Paid | None = None
    availability: Availability | None = None


class ProductPatch(BaseModel):
    """What is new of a product; what is not given stays as it is.

    Attributes:
        sale_price: null ends a reduction.
        availability: where only that of variants is given, it follows from them.
        variants: those that have changed.
    """

    model_config = ConfigDict(extra="forbid")

    price: Paid | None = None
    sale_price: Paid | None = None
    availability: Availability | None = None
    variants: list[VariantPatch] = Field(default_factory=list, max_length=MOST_VARIANTS)

    @field_validator("price", "availability", mode="before")
    @classmethod
    def _given(cls, value: object) -> object:
        if value is None:
            raise ValueError("leave it out where it stays as it is")
        return value

    @model_validator(mode="after")
    def _says_something(self) -> ProductPatch:
        if not self.model_fields_set:
            raise ValueError("give price, sale_price, availability or variants")
        return self


class Mended(BaseModel):
    """What was changed of a product that was sent: ``HTML was taken out of its text``."""

    id: str
    field: str
    reason: str


class ChangeAnswer(BaseModel):
    """What a change did.

    Attributes:
        products: those that were put in or changed, as they are now.
        mended: what was changed of them on the way.
        count: how many products the catalogue has now.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    products: list[dict[str, Any]] = Field(default_factory=list)
    mended: list[Mended] = Field(default_factory=list)
    count: int


class Changing:
    """Products that are being changed: two changes of one product come after each other."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()
        self._left = threading.Condition()

    @contextmanager
    def of(self, catalog: str, ids: Iterable[str]) -> Iterator[None]:
        """Waits until nobody else changes any of the products, and keeps others waiting."""
        keys = {(catalog, id) for id in ids}
        with self._left:
            self._left.wait_for(lambda: self._keys.isdisjoint(keys))
            self._keys |= keys
        try:
            yield
        finally:
            with self._left:
                self._keys -= keys
                self._left.notify_all()


def catalogue_change_routes(
    assistant: Assistant, observer: Observer, folding: Folding
) -> APIRouter:
    """The routes that change a catalogue.

    Args:
        assistant: has the catalogues.
        observer: is told how large a catalogue is after a change.
        folding: is told of each change.
    """
    router = APIRouter(tags=["catalogue"])
    changing = Changing()
    indexes = assistant.indexes

    def latest(name: str) -> CatalogueIndex:
        # A change of nothing. ``open`` does not wait for what another thread is taking up, and
        # what is changed must be the product as it is.
        return indexes.change(name)

    def changed(index: CatalogueIndex) -> None:
        observer.saw(index)
        folding.after_change(index.name)

    @router.put("/products")
    def put_products(body: ProductsRequest) -> ChangeAnswer:
        """Puts products in, all or none; the next search finds them."""
        name = body.catalog or assistant.settings.catalog
        products, mended = _cleaned(body.products, indexes.open(name).currency)
        ids = [product.id for product in products]
        with changing.of(name, ids):
            before = latest(name)
            known = sum(id in before for id in ids)
            after = indexes.change(name, upserts=products)
        changed(after)
        return ChangeAnswer(
            added=len(ids) - known,
            changed=known,
            products=[as_json(product) for product in products],
            mended=mended,
            count=len(after),
        )

    @router.patch("/products/{id:path}")
    def patch_product(id: str, body: ProductPatch, catalog: str | None = None) -> ChangeAnswer:
        """Changes price and stock of a product; the next search knows."""
        name = catalog or assistant.settings.catalog
        with changing.of(name, [id]):
            product = patched(latest(name).get(id), body)
            after = indexes.change(name, upserts=[product])
        changed(after)
        return ChangeAnswer(changed=1, products=[as_json(product)], count=len(after))

    @router.delete("/products/{id:path}")
    def delete_product(id: str, catalog: str | None = None) -> ChangeAnswer:
        """Takes a product out; the next search does not find it."""
        name = catalog or assistant.settings.catalog
        with changing.of(name, [id]):
            if id not in latest(name):
                raise UnknownProduct(f"The catalogue has no product {id[:80]!r}.")
            after = indexes.change(name, deletes=[id])
        changed(after)
        return ChangeAnswer(removed=1, count=len(after))

    return router


def patched(product: Product, patch: ProductPatch) -> Product:
    """The product with what is new of it.

    Raises:
        BadInput: it has no variant of a sku, or would be reduced to more than its price.
    """
    new: dict[str, Any] = {}
    if patch.price is not None:
        new["price"] = patch.price
    if "sale_price" in patch.model_fields_set:
        new["sale_price"] = patch.sale_price
    if patch.variants:
        new["variants"] = variants = _patched_variants(product, patch.variants)
        if any(variant.availability is not None for variant in patch.variants):
            read = tuple(ReadVariant(variant, None, None) for variant in variants)
            new["availability"] = Variants(read).availability()
    if patch.availability is not None:
        new["availability"] = patch.availability
    after = product.model_copy(update=new)
    if after.sale_price is not None and after.sale_price > after.price:
        raise BadInput(
            f"The sale price {after.sale_price} is above the price {after.price}: give both, or "
            'end the reduction with "sale_price": null.',
            field="sale_price",
        )
    return after


def _patched_variants(product: Product, patches: list[VariantPatch]) -> tuple[Variant, ...]:
    variants = list(product.variants)
    for number, patch in enumerate(patches):
        places = [place for place, variant in enumerate(variants) if variant.sku == patch.sku]
        if not places:
            raise BadInput(
                f"The product has no variant {patch.sku[:80]!r}.", field=f"variants.{number}.sku"
            )
        new = patch.model_dump(exclude={"sku"}, exclude_none=True)
        for place in places:
            variants[place] = variants[place].model_copy(update=new)
    return tuple(variants)


def _cleaned(products: list[Product], currency: str) -> tuple[list[Product], list[Mended]]:
    """The products as the catalogue may hold them; the fault of one names its place."""
    clean: dict[str, Product] = {}
    mended: list[Mended] = []
    for number, sent in enumerate(products):
        place = f"products.{number}"
        try:
            product, remarks = clean_product(sent, currency)
        except BadInput as error:
            field = f"{place}.{error.field}" if error.field else place
            raise BadInput(f"{place}: {error.sentence}", field=field) from error
        if product.id in clean:
            raise BadInput(f"{place}: its id is that of an earlier one.", field=f"{place}.id")
        clean[product.id] = product
        mended += [_mended(product.id, remark) for remark in remarks]
    return list(clean.values()), mended


def _mended(id: str, remark: Remark) -> Mended:
    return Mended(id=id, field=remark.field, reason=sentence(remark.reason))
