"""An address in a message, part by part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.orders.order import Address
from tools.orders.reading.addresses import UNSAID, in_country_of, read_address, without_address

Expected = tuple[str, str, str, str, str, str]


def parts(address: Address | None) -> Expected | None:
    if address is None:
        return None
    return (
        address.line1,
        address.line2,
        address.city,
        address.region,
        address.country,
        address.postcode,
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("change it to 98 Sun Drive, Suite 25, Denver, CO 80279, USA",
         ("98 Sun Drive", "Suite 25", "Denver", "CO", "USA", "80279")),
        ("ship order #W12 to 12 Baker Street, London NW1 6XE, UK instead",
         ("12 Baker Street", "", "London", "", "UK", "NW1 6XE")),
        ("My address is Hauptstr. 5, 10115 Berlin, Germany.",
         ("Hauptstr. 5", "", "Berlin", "", "Germany", "10115")),
        ("deliver it to 5 Elm Road, Boise, ID 83702",
         ("5 Elm Road", "", "Boise", "ID", UNSAID, "83702")),
        ("ship it to 391 Orchard Road, Singapore 238872",
         ("391 Orchard Road", "", "Singapore", "", "Singapore", "238872")),
        ("改寄到美国 12 Oak St, Denver, CO 80202",
         ("12 Oak St", "", "Denver", "CO", "美国", "80202")),
    ],
)  # fmt: skip
def test_an_address_is_read_part_by_part(message: str, expected: Expected) -> None:
    assert parts(read_address(message)) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("地址改成上海市浦东新区世纪大道100号3楼，邮编200120",
         ("浦东新区世纪大道100号3楼", "", "上海市", "", UNSAID, "200120")),
        ("SG-1006改寄到上海浦东新区世纪大道100号，200120，谢谢",
         ("浦东新区世纪大道100号", "", "上海", "", UNSAID, "200120")),
        ("改寄到江苏省南京市玄武区中山东路 218 号，6 栋 1203 室，邮编210002，麻烦了",
         ("玄武区中山东路 218 号", "6 栋 1203 室", "南京市", "江苏省", UNSAID, "210002")),
        ("地址：广州市天河区体育西路103号，维多利广场B座1203，邮编510620",
         ("天河区体育西路103号", "维多利广场B座1203", "广州市", "", UNSAID, "510620")),
        ("寄到上海市世纪大道100号，邮编200120，然后把SG-1003的鞋退了",
         ("世纪大道100号", "", "上海市", "", UNSAID, "200120")),
        ("改寄到北京市朝阳区建国路88号，邮编100022，中国",
         ("朝阳区建国路88号", "", "北京市", "", "中国", "100022")),
    ],
)  # fmt: skip
def test_an_address_in_chinese(message: str, expected: Expected) -> None:
    assert parts(read_address(message)) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("改寄到新加坡乌节路391号，邮编238872",
         ("乌节路391号", "", "新加坡", "", "新加坡", "238872")),
        ("寄到香港九龙弥敦道100号12楼，邮编999077",
         ("九龙弥敦道100号12楼", "", "香港", "", "香港", "999077")),
        ("改到中国香港九龙弥敦道100号，999077",
         ("九龙弥敦道100号", "", "香港", "", "中国香港", "999077")),
        ("澳门望德圣母湾大马路1号，邮编999078",
         ("望德圣母湾大马路1号", "", "澳门", "", "澳门", "999078")),
        ("寄到台灣臺北市信義路五段7號，郵遞區號11049",
         ("信義路五段7號", "", "臺北市", "", "台灣", "11049")),
        ("改寄到台湾省台北市信义路五段7号，邮编110",
         ("信义路五段7号", "", "台北市", "", "台湾", "110")),
        ("寄到日本东京都新宿区西新宿2-8-1，邮编160-0023",
         ("新宿区西新宿2-8-1", "", "东京都", "", "日本", "160-0023")),
        ("寄到马来西亚，吉隆坡，武吉免登路12号，50450",
         ("武吉免登路12号", "", "吉隆坡", "", "马来西亚", "50450")),
    ],
)  # fmt: skip
def test_the_country_is_the_one_that_is_said(message: str, expected: Expected) -> None:
    assert parts(read_address(message)) == expected


def test_a_country_that_is_not_said_is_that_of_the_address_before() -> None:
    given_ = read_address("改寄到上海市世纪大道100号，邮编200120")
    assert given_ is not None
    before = Address(line1="1 Mill Lane", city="Dover", country="China", postcode="1")
    assert in_country_of(given_, before).country == "China"
    assert in_country_of(given_, None).country == UNSAID
    said = read_address("改寄到新加坡乌节路391号，邮编238872")
    assert said is not None
    assert in_country_of(said, before).country == "新加坡"


@pytest.mark.parametrize(
    "message",
    [
        "12 Oak Street", "to my office", "Denver, CO", "改成公司地址", "上海", "北京市朝阳区",
        "香港九龙弥敦道100号", "地址不是上海市世纪大道100号，邮编200120",
        "别寄到上海市世纪大道100号，邮编200120",
    ],
)  # fmt: skip
def test_half_an_address_is_none(message: str) -> None:
    assert read_address(message) is None


def test_every_part_of_an_address_is_the_shopper_s_own() -> None:
    message = "send it to 5 Hill Lane, Flat 2, Bath BA1 2CD, United Kingdom please"
    found = read_address(message)
    assert found is not None
    assert all(part in message for part in found.model_dump().values())
    assert not any(part and part in without_address(message, found) for part in parts(found) or ())


_HAN = st.text(alphabet="东南西北中山海江湖春秋和平安宁长", min_size=1, max_size=4)


@given(
    lead=st.sampled_from(["", "改寄到", "地址改成", "收货地址是", "麻烦送到", "地址："]),
    country=st.sampled_from(["", "中国", "中国，"]),
    province=st.one_of(st.just(""), _HAN.map(lambda name: f"{name}江省")),
    city=_HAN.map(lambda name: f"{name}州市"),
    street=st.builds("{}路{}号".format, _HAN, st.integers(1, 9999)),
    door=st.just("") | st.builds("{}栋{}室".format, st.integers(1, 30), st.integers(1, 999)),
    postcode=st.from_regex(r"[1-9]\d{5}", fullmatch=True),
    label=st.sampled_from(["，邮编", " ", "，", "，邮编是", "，邮政编码："]),
)  # fmt: skip
def test_an_address_in_china_is_read_whole(
    lead: str,
    country: str,
    province: str,
    city: str,
    street: str,
    door: str,
    postcode: str,
    label: str,
) -> None:
    room = f"，{door}" if door else ""
    message = f"{lead}{country}{province}{city}{street}{room}{label}{postcode}"
    said = country.strip("，") or UNSAID
    assert parts(read_address(message)) == (street, door, city, province, said, postcode)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_an_address(text: str) -> None:
    _is_own(text)


@given(st.text(alphabet="改寄到中国香港新加坡上海市路号栋省，。 0123456789邮编:-", max_size=120))
def test_no_chinese_text_breaks_it(text: str) -> None:
    _is_own(text)


def _is_own(text: str) -> None:
    found = read_address(text)
    if found is not None:
        assert found.line1.strip()
        assert found.postcode.strip()
        said = [found.line1, found.city, found.region, found.country, found.postcode]
        plain = " ".join(text.split())
        assert all(part in plain or part == UNSAID for part in said), said
