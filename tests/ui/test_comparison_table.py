"""The table of a comparison: labels, marks, silence, and no markup of a catalogue."""

from assistant.comparing.table import ComparisonRow, ComparisonTable
from retrieval.index import CatalogueIndex
from ui.comparison import comparison_html
from ui.names import Names

EVIL = "<img src=x onerror=alert(1)>\"'"


def table(**changes: object) -> ComparisonTable:
    made = ComparisonTable(
        products=["nike-structure", "asics-kayano"],
        rows=[
            ComparisonRow(field="price", label="price", values=["$110", "$165"], best=0),
            ComparisonRow(field="width", label="width", values=["wide", None]),
        ],
        verdict="[1] is the better choice.",
        depends_on=["width"],
    )
    return made.model_copy(update=changes)


def test_columns_are_products_and_rows_are_fields(shoes_index: CatalogueIndex) -> None:
    html = comparison_html(table(), Names("en", shoes_index))
    assert html.count('<th scope="col">') == 2
    assert html.count('<th scope="row"') == 2
    assert html.index("Nike Structure 25") < html.index("Asics Kayano 31")
    assert 'aria-label="Comparison"' in html


def test_the_best_is_marked_with_words_too(shoes_index: CatalogueIndex) -> None:
    html = comparison_html(table(), Names("en", shoes_index))
    assert html.count("sg-best") == 1
    assert html.index("$110") < html.index('aria-label="best here"') < html.index("$165")


def test_silence_is_told_in_the_language_of_the_page(shoes_index: CatalogueIndex) -> None:
    assert "not told" in comparison_html(table(), Names("en", shoes_index))
    chinese = comparison_html(table(), Names("zh", shoes_index))
    assert "资料没写" in chinese
    assert "耐克 支撑跑鞋" in chinese
    assert chinese.count("sg-decides") == 1


def test_no_comparison_no_table() -> None:
    assert comparison_html(None, Names("en")) == ""
    assert comparison_html(table(rows=[]), Names("en")) == ""


def test_everything_of_a_catalogue_is_escaped() -> None:
    rows = [ComparisonRow(field=EVIL, label=EVIL, values=[EVIL, None], best=0)]
    html = comparison_html(table(products=[EVIL, "b"], rows=rows, depends_on=[EVIL]), Names("en"))
    assert "<img" not in html
    assert html.count("&lt;img") == 3
