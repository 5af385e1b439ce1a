"""Words that name nothing and are not looked up."""

from __future__ import annotations

CHINESE_FUNCTION = frozenset(
    "的 了 着 过 得 地 吗 呢 吧 啊 呀 嘛 和 与 及 或 还是 是 有 没有 在 于 从 到 对 为 为了 "
    "给 让 把 用 也 都 就 还 很 太 更 最 比较 非常 特别 能 可以 会 要 想 想要 想买 需要 买 "
    "找 求 请 帮 帮我 推荐 一下 我 你 您 他 她 它 我们 你们 自己 这 那 哪 这个 那个 哪个 "
    "哪些 这种 那种 什么 怎么 怎样 谁 几 多少 一个 一些 一点 一 两 个 些 款 种 件 条 双 只 "
    "支 里 上 下 中 时 时候 东西 商品 产品 之类 等 好 好的 点 点儿 用的 吃的 穿的 穿 睡 放 "
    "摆 送 送人".split(" ")
)
ENGLISH_FUNCTION = frozenset(
    "a an and any are as at be best buy by can do find for from get good have i in is it like "
    "looking me my need nice of on one or please some something that the this to want we what "
    "which with would you your".split(" ")
)
