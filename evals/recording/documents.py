"""Numbers of documents: identity, health, work and study, vehicles.

A number is known by its form and check digits, as python-stdnum has them of each country, or by
the word before it. Check digits alone tell little: one price list in ten passes. So only forms
that nothing else has are taken without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum.br import cnpj, cpf
from stdnum.cl import rut
from stdnum.es import nie
from stdnum.es import nif as spanish
from stdnum.fr import nir
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.se import personnummer
from stdnum.za import idnr as south_african

from evals.recording.identity import Identity
from evals.recording.numbers import is_money
from evals.recording.shop_words import ShopWords

_EDGE, _END = r"(?<![\w.-])", r"(?![\w-])"
_IS = r"\s*(?:\bis\b|\bwas\b|是|为|[:=#])?\s*"
_CODE = r"((?=[A-Z./ -]*\d)[A-Z0-9](?:[A-Z0-9./-]|\s(?=[A-Z0-9./-]*\d)){2,24}[A-Z0-9])(?![A-Z0-9])"

_CHECKED: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (r"[A-Z]{6}[0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]", codicefiscale.is_valid),
    (r"[A-Z]{4}\d{6}[A-Z]{6}[A-Z0-9]\d", curp.is_valid),
    (r"\d{3}\.\d{3}\.\d{3}-\d{2}", cpf.is_valid),
    (r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", cnpj.is_valid),
    (r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", rut.is_valid),
    (r"[2-9]\d{3} \d{4} \d{4}", aadhaar.is_valid),
    (r"[12] \d{2} \d{2} (?:\d{2}|2[AB]) \d{3} \d{3} \d{2}", nir.is_valid),
    (r"\d{6}-\d{7}", rrn.is_valid),
    (r"(?:\d{2})?\d{6}[-+]\d{4}", personnummer.is_valid),
    (r"\d{6} \d{4} \d{3}", south_african.is_valid),
    (r"[XYZ][ -]?\d{7}[ -]?[A-Z]", nie.is_valid),
    (r"\d{8}[ -]?[A-Z]", spanish.is_valid),
)  # fmt: skip
_FORMS = (
    r"\d{3}-\d{2}-\d{4}",  # social security number, United States
    r"[A-CEGHJ-PR-TW-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D]",  # national insurance, United Kingdom
    r"[A-Z]{1,2}\d{6}\s?\([0-9A]\)",  # identity card, Hong Kong
    r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]",  # permanent account number, India
    r"[STFGM]\d{7}[A-Z]",  # identity card, Singapore
)
_PLATE = re.compile(
    r"(?<![㐀-鿿])?([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
    r"[A-HJ-Z][·•.\s-]?(?=[A-Z0-9]*\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9学警港澳挂领])(?![A-Z0-9])"
)
_CUES = (
    r"\b(?:passport|national\s+insurance|ni|social\s+security|ssn|sin|driv(?:er'?s|ing)\s+licen[cs]e|"
    r"id\s+card|national\s+id|identity\s+card|residence\s+permit|green\s+card|aadhaar|aadhar|pan\s+card|"
    r"cpf|cnpj|rut|nie|dni|nif|nino|nhs|bsn|tfn|pesel|curp|rfc|personnummer|codice\s+fiscale|steuer-?id|"
    r"medicare|medicaid|health\s+(?:insurance|card)|medical\s+record|mrn|student\s+id|employee\s+id)\b"
    r"(?:\s+(?:id|card|policy|member|number|no|nr|code)\b\.?){0,3}" + _IS + _CODE,
    r"\b(?:tax(?:payer)?|vat|insurance|policy|patient|student|employee|staff|personnel|badge|payroll|visa|"
    r"library\s+card|voter|frequent\s+flyer|licen[cs]e)\b"
    r"(?:\s+(?:id|card|policy|member|number|no|nr|code)\b\.?){1,3}" + _IS + _CODE,
    r"(?:\b(?:licen[cs]e|number|registration|car|vehicle|reg)\s*plates?|\bplates?\s+(?:number|no\.?)|"
    r"\b(?:car|vehicle)\s+reg(?:istration)?|\bvin)(?:\s+(?:number|no\.?))?"
    + _IS
    + r"((?-i:[A-Z0-9]{1,7}(?:[ -][A-Z0-9]{1,7}){0,3})\b|[a-z]{2}\d{2}\s?[a-z]{3}\b|"
    r"[a-z0-9-]*\d[a-z0-9-]*)",
    r"(?:护照|身份证|社保|驾照|驾驶证|行驶证|医保|医疗保险|病历|就诊|保单|保险单|港澳通行证|通行证|居住证|签证|军官证|学生证|"
    r"学籍|学(?=号)|工作证|(?:员|职)?工(?=号)|考生|准考证|税(?=号)|车牌|车架)(?:编号|证号|卡号|号码|号|卡)?"
    + _IS
    + _CODE,
)
_KNOWN = tuple(
    (re.compile(f"{_EDGE}({pattern}){_END}", re.ASCII | re.IGNORECASE), valid)
    for pattern, valid in _CHECKED
)
_SHAPED = tuple(re.compile(rf"{_EDGE}({pattern}){_END}", re.ASCII) for pattern in _FORMS)
_CUED = tuple(re.compile(pattern, re.IGNORECASE | re.ASCII) for pattern in _CUES)
_FEWEST = 4  # digits behind a word that names a document


def find_documents(text: str, words: ShopWords) -> Iterator[Identity]:
    """Every number of a document in a text; some may stand in one another.

    Args:
        text: with characters of common width.
        words: the shop's, which stay.
    """
    for pattern, valid in _KNOWN:
        for match in pattern.finditer(text):
            if valid(match.group(1)) and not words.has(match.group(1)):
                yield Identity("id", *match.span(1))
    for pattern in (*_SHAPED, _PLATE):
        for match in pattern.finditer(text):
            if not words.has(match.group(1)):
                yield Identity("id", *match.span(1))
    for pattern in _CUED:
        for match in pattern.finditer(text):
            code = match.group(1)
            if is_money(text, *match.span(1)) or words.has(code):
                continue
            if sum(c.isdigit() for c in code) >= _least(code):
                yield Identity("id", *match.span(1))


def _least(code: str) -> int:
    """How many digits a code must have: "AB12 CDE" is a plate, "size 42" no number of anything."""
    return 2 if code[:1].isalpha() and code.upper() == code else _FEWEST
