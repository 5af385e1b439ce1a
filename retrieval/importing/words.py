"""The names under which feeds and scrapes write the fields of a product, English and Chinese.

Within a field the surer name comes first: where a file has both ``id`` and ``sku``, ``id`` wins.
All are in the form that ``mapping.plain_name`` gives.
"""

from __future__ import annotations

from types import MappingProxyType

SYNONYMS = MappingProxyType(
    {
        "id": (
            *("id", "product id", "item id", "productid", "goods id", "uniq id", "uid"),
            *("商品编号", "编号", "商品id", "产品编号", "sku", "product sku", "variant sku"),
            *("sku id", "item number", "article number", "style code", "asin", "handle"),
            *("goods sn", "货号", "款号", "商品货号"),
        ),
        "title": (
            *("title", "product title", "product name", "item name", "item title", "goods name"),
            *("name", "display name", "product display name", "product", "商品名称", "产品名称"),
            *("商品标题", "标题", "名称", "品名", "商品名"),
        ),
        "title_zh": ("title zh", "chinese title", "title cn", "中文标题", "中文名", "中文名称"),
        "brand": (
            *("brand", "brand name", "product brand", "vendor", "manufacturer", "supplier"),
            *("make", "品牌", "品牌名称", "商标", "厂商", "供应商"),
        ),
        "category": (
            *("category", "categories", "category path", "category name", "product category"),
            *("product type", "google product category", "main category", "department", "type"),
            *("类目", "分类", "品类", "类别", "商品分类", "商品类目", "一级类目"),
        ),
        # A list price before a plain one: where a file has both, the plain one is what is paid.
        "price": (
            *("list price", "listing price", "mrp", "msrp", "rrp", "original price"),
            *("regular price", "compare at price", "variant compare at price", "market price"),
            *(
                "counter price",
                "base price",
                "原价",
                "市场价",
                "吊牌价",
                "划线价",
                "专柜价",
                "price",
            ),
            *("product price", "price amount", "price value", "retail price", "variant price"),
            *("current price", "selling price", "our price", "unit price", "价格", "售价"),
            *("现价", "零售价", "商品价格", "单价"),
        ),
        "sale_price": (
            *("sale price", "saleprice", "special price", "discounted price", "discount price"),
            *("offer price", "deal price", "promo price", "promotional price", "促销价"),
            *("折扣价", "优惠价", "特价", "活动价", "券后价", "到手价"),
        ),
        "currency": ("currency", "currency code", "price currency", "货币", "币种", "货币单位"),
        "availability": (
            *("availability", "availability status", "stock status", "in stock", "is in stock"),
            *("stock", "stock quantity", "quantity in stock", "inventory", "inventory quantity"),
            *("variant inventory qty", "current stock", "qty", "quantity", "stock level"),
            *("库存", "库存状态", "库存数量", "库存量", "是否有货", "有货"),
        ),
        "rating": (
            *("rating", "avg rating", "average rating", "rating average", "product rating"),
            *("review rating", "aggregate rating", "rating value", "aggregate rating rating value"),
            *("stars", "star rating", "review score", "评分", "平均评分", "星级", "商品评分"),
        ),
        "rating_count": (
            *("rating count", "ratings count", "number of ratings", "num ratings"),
            *("total ratings", "no of ratings", "review count", "reviews count"),
            *("aggregate rating review count", "number of reviews", "num reviews"),
            *("total reviews", "no of reviews", "ratings", "reviews", "评论数", "评价数"),
            *("评论数量", "评价数量", "累计评价", "评分人数"),
        ),
        "description": (
            *("description", "product description", "long description", "full description"),
            *("desc", "product details", "details", "about product", "body html", "body", "about"),
            *("short description", "brief", "summary", "detail", "商品描述", "描述", "产品描述"),
            *("商品简介", "简介", "详情", "商品详情", "介绍"),
        ),
        "image_url": (
            *("image url", "image link", "main image", "main image url", "image", "image src"),
            *("img url", "img", "picture", "picture url", "pic url", "photo", "photo url"),
            *("thumbnail", "images", "image urls", "gallery", "主图", "图片", "图片链接"),
            *("图片地址", "商品图片"),
        ),
        "url": (
            *(
                "url",
                "product url",
                "link",
                "product link",
                "page url",
                "item url",
                "affiliate link",
            ),
            *("canonical url", "share url", "链接", "商品链接", "网址", "商品网址"),
        ),
    }
)

SUBCATEGORIES = frozenset({"subcategory", "sub category", "子类目", "二级类目"})
"""What a category is divided into, where a column of its own names that."""

PICTURES = frozenset({"img", "image", "picture", "photo", "pic", "thumb", "图片", "主图"})
"""Words in the name of a column of pictures."""

GROUPS = (*("item group id", "in product group with id", "product group id", "parent sku", "spu"),)
"""Columns that tell which rows are variants of one product, the surest first."""

ATTRIBUTE_NAMES = MappingProxyType(
    {
        **dict.fromkeys(("color", "colour", "colors", "colours", "颜色", "颜色分类"), "color"),
        **dict.fromkeys(("size", "sizes", "available sizes", "尺码", "鞋码"), "size"),
        **dict.fromkeys(("gender", "sex", "性别", "适用性别", "gender affinity"), "gender"),
        **dict.fromkeys(("material", "materials", "材质"), "material"),
    }
)

TECHNICAL = frozenset(
    {
        *("created", "updated", "modified", "uploaded", "visited", "crawled", "scraped"),
        *("timestamp", "deleted", "add time", "update time", "sort order", "qr", "checksum"),
        *("last visited", "date uploaded", "brand id", "category id", "创建时间", "更新时间"),
        *("添加时间", "修改时间", "抓取时间", "排序"),
        # What the shop pays is nobody else's business.
        *("cost of goods sold", "cost per item", "cost price", "purchase price", "wholesale price"),
        *("profit margin", "成本价", "成本", "进价", "进货价", "毛利"),
    }
)
"""Column names, or single words in them, that are of the file's or shop's making: left out."""
