"""The interest graph as a picture, and the same in words for those who cannot see it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape

from assistant.profile.interests.nodes import SHOPPER, InterestGraph, Node
from assistant.profile.interests.related import Interest
from assistant.profile.interests.words import interest_words, node_name, path_sentence
from ui.graph_layout import FONT, Label, Layout, Place, cut, lay_out, text_width
from ui.graph_picture import MOST_NODES, Picture, picture
from ui.names import Names

# How wide a label may be, in pixels, by its column.
_WIDEST = (60.0, 168.0, 140.0, 96.0, 150.0, 168.0)
_MARKER = 5.0
# Kinds in the legend, in the order in which a path meets them.
_KINDS = ("fact", "event", "product", "brand", "value", "word", "category")


def interest_graph_html(
    graph: InterestGraph, interests: Sequence[Interest], names: Names, *, most: int = MOST_NODES
) -> str:
    """The drawing with its legend, and below it each interest with its path in words.

    Args:
        graph: of the shopper.
        interests: what is told, the nearest first.
        names: what things are called in the page's language; with an index.
        most: how many nodes are drawn at most.
    """
    texts = names.texts.graph
    if len(graph) <= 1 or names.index is None:
        inside = f'<p class="sg-quiet">{escape(texts.empty)}</p>'
    else:
        inside = (
            f'<div class="sg-graph-scroll" tabindex="0" role="region" '
            f'aria-label="{escape(texts.drawing)}">'
            f"{interest_graph_svg(graph, interests, names, most=most)}</div>"
            '<div class="sg-g-why" role="status"></div>'
            f"{_legend(names)}{_list(graph, interests, names)}"
        )
    return f'<section class="sg-panel sg-graph"><h2>{escape(texts.title)}</h2>{inside}</section>'


def interest_graph_svg(
    graph: InterestGraph, interests: Sequence[Interest], names: Names, *, most: int = MOST_NODES
) -> str:
    """The drawing alone, at the size in which it is meant to be seen.

    Args and the rest as in ``interest_graph_html``.
    """
    texts = names.texts.graph
    drawn = picture(graph, interests, most)
    new = {interest.node for interest in interests}
    order = {node: number for number, node in enumerate(drawn.columns)}
    labels = [
        Label(node, column, cut(_name(node, graph, names), _WIDEST[column], bold=node in new),
              bold=node in new or node == SHOPPER, rank=order[node])
        for node, column in drawn.columns.items()
    ]  # fmt: skip
    used = sorted(set(drawn.columns.values()))
    headings = {number: text_width(texts.columns[number]) for number in used if number}
    layout = lay_out(labels, drawn.lines, headings)
    parts = [_line(pair, weight, drawn, layout) for pair, weight in _by_weight(drawn)]
    parts += [
        f'<text class="sg-g-head" x="{layout.columns[n]:.1f}" y="22">'
        f"{escape(texts.columns[n])}</text>"
        for n in headings
    ]
    parts += [_node(label, layout.places[label.key], drawn, graph, names) for label in labels]
    left_out = texts.left_out.format(count=drawn.left_out) if drawn.left_out else ""
    if left_out:
        height = layout.height + 22
        parts.append(
            f'<text class="sg-g-head" x="14" y="{height - 10:.1f}">{escape(left_out)}</text>'
        )
    else:
        height = layout.height
    width = max(layout.width, 28 + text_width(left_out))
    about = " ".join([texts.about.format(nodes=len(labels), interests=len(interests)), left_out])
    return (
        f'<svg class="sg-g" role="img" aria-label="{escape(about.strip())}" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.1f} {height:.1f}" '
        f'font-size="{FONT}" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


def _by_weight(drawn: Picture) -> list[tuple[tuple[Node, Node], float]]:
    """Lines with those of the paths last, so that they lie on top."""
    return sorted(drawn.lines.items(), key=lambda item: (item[0] in drawn.told, item[1], item[0]))


def _line(pair: tuple[Node, Node], weight: float, drawn: Picture, layout: Layout[Node]) -> str:
    one, other = layout.places[pair[0]], layout.places[pair[1]]
    start, end = one.box.right + 4, other.x - _MARKER - 3
    half = max((end - start) / 2, 12.0)
    kind = "sg-g-told" if pair in drawn.told else "sg-g-line"
    # Lines thicken slowly: the strongest must not hide the others.
    width = 2.0 if pair in drawn.told else 0.8 + min(weight, 1.0) * 0.9
    return (
        f'<path class="{kind}"{_paths(drawn.told.get(pair, ()))} stroke-width="{width:.1f}" '
        f'd="M{start:.1f} {one.y:.1f}'
        f"C{start + half:.1f} {one.y:.1f} {end - half:.1f} {other.y:.1f} {end:.1f} "
        f'{other.y:.1f}"/>'
    )


def _paths(numbers: Sequence[int]) -> str:
    """On which interests' paths a part lies, for the page's script."""
    return f' data-paths="{" ".join(map(str, numbers))}"' if numbers else ""


def _node(
    label: Label[Node], place: Place, drawn: Picture, graph: InterestGraph, names: Names
) -> str:
    node = label.key
    bold = " sg-g-new" if label.bold else ""
    # Every path begins with the shopper, who tells nothing of it.
    on = [n for n, path in enumerate(drawn.paths) if node in path and node != SHOPPER]
    return (
        f'<g class="sg-g-node sg-g-{node.kind}{bold}"{_paths(on)}>'
        f"<title>{escape(_evidence(node, drawn, graph, names))}</title>"
        f"{_marker(node.kind, place.x, place.y)}"
        f'<text x="{place.text_x:.1f}" y="{place.baseline:.1f}">{escape(label.text)}</text></g>'
    )


def _marker(kind: str, x: float, y: float) -> str:
    """A shape for each kind, so that colour is not the only sign."""
    r = _MARKER
    if kind in ("product", "category"):
        corner = 1 if kind == "product" else 3.5
        half = r - 0.5 if kind == "product" else r + 1
        return (
            f'<rect x="{x - half:.1f}" y="{y - r + 0.5:.1f}" width="{2 * half:.1f}" '
            f'height="{2 * r - 1:.1f}" rx="{corner}"/>'
        )
    points: tuple[tuple[float, float], ...]
    if kind == "fact":
        points = ((x, y - r - 1), (x + r + 1, y), (x, y + r + 1), (x - r - 1, y))
    elif kind == "brand":
        points = ((x, y - r), (x + r, y + r - 1), (x - r, y + r - 1))
    elif kind == "event":
        return f'<circle class="sg-g-ring" cx="{x:.1f}" cy="{y:.1f}" r="{r - 1:.1f}"/>'
    elif kind == "word":
        return f'<rect x="{x - r:.1f}" y="{y - 1.5:.1f}" width="{2 * r:.1f}" height="3" rx="1.5"/>'
    else:
        size = r + 2 if kind == "shopper" else r - 0.5
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>'
    return f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>'


def _name(node: Node, graph: InterestGraph, names: Names) -> str:
    if node == SHOPPER or names.index is None:
        return names.texts.you
    quoted = str(graph.graph.nodes[node].get("text", ""))
    name = _clean(node_name(node, names.index, names.language, quoted))
    if node.kind in ("fact", "word") or (node.kind == "event" and node.field == "search"):
        return f"“{name}”"
    return name


def _evidence(node: Node, drawn: Picture, graph: InterestGraph, names: Names) -> str:
    """What a node is and why it is there, for whoever points at it."""
    if node == SHOPPER or names.index is None:
        return names.texts.you
    name = _name(node, graph, names)
    texts = names.texts.graph
    told = interest_words(names.language)
    done = drawn.events.get(node)
    if done is not None:
        return told.start[done.field].format(text=name)
    kind = texts.kinds[node.kind]
    parts = [f"{kind}: {name}" if names.language == "en" else f"{kind}：{name}"]
    for advice in drawn.advice.get(node, ()):
        shown = _clean(node_name(advice, names.index, names.language))
        parts.append(told.step["advice"].format(text=shown))
    shares = [
        told.counted.format(text=_name(other, graph, names), **_share(edge))
        for other, edge in sorted(graph.graph[node].items())
        if "count" in edge and node.kind == "category" and other in drawn.columns
    ]
    return "\n".join([*parts, *shares[:8]])


def _share(edge: dict[str, int]) -> dict[str, int]:
    return {"count": edge["count"], "total": edge["total"]}


def _legend(names: Names) -> str:
    texts = names.texts.graph
    entries = "".join(
        f'<li><svg class="sg-g sg-g-{kind}" width="16" height="16" aria-hidden="true">'
        f"{_marker(kind, 8, 8)}</svg>{escape(texts.kinds[kind])}</li>"
        for kind in _KINDS
    )
    path = (
        '<li><svg class="sg-g" width="28" height="16" aria-hidden="true">'
        '<path class="sg-g-told" stroke-width="2" d="M2 8H26"/></svg>'
        f"{escape(texts.path)}</li>"
    )
    return f'<ul class="sg-g-legend">{entries}{path}</ul>'


def _list(graph: InterestGraph, interests: Sequence[Interest], names: Names) -> str:
    texts, index = names.texts.graph, names.index
    if index is None or not interests:
        return f'<p class="sg-quiet">{escape(texts.none)}</p>'
    quotes = {
        node: _clean(str(text)) for node, text in graph.graph.nodes(data="text") if text is not None
    }
    rows = []
    for number, interest in enumerate(interests):
        sentence = _clean(path_sentence(interest.path, index, names.language, quotes))
        goods = [_clean(names.title(id, id)) for id in interest.examples]
        fitting = (
            f'<p class="sg-quiet" dir="auto">{escape(texts.fitting)}: '
            f"{escape(' · '.join(goods))}</p>"
            if goods
            else ""
        )
        name = escape(_name(interest.node, graph, names))
        rows.append(
            f'<li data-path="{number}"><strong dir="auto">{name}</strong>'
            f'<p class="sg-g-path" dir="auto">{escape(sentence)}</p>{fitting}'
            f'<button type="button" class="sg-act sg-small sg-g-trace" aria-pressed="false" '
            f'aria-label="{escape(texts.trace)}: {name}">{escape(texts.trace)}</button></li>'
        )
    return f'<h3>{escape(texts.related)}</h3><ol class="sg-interests">{"".join(rows)}</ol>'


def _clean(text: str) -> str:
    """One line without control and direction marks, which could upset the page around it."""
    kept = (c if unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " for c in text)
    return " ".join("".join(kept).split())
