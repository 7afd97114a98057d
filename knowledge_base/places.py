"""Which government speaks: level and region by the name of an office or a title.

And for whom: who is at home in 南江县 sees its texts, the city's, the province's and the nation's.
"""

import re
from dataclasses import dataclass

_NATION_LEVEL, _PROVINCE_LEVEL, _CITY_LEVEL, _COUNTY_LEVEL = "国家", "省", "市", "县"
_PROVINCES = (
    "北京市", "天津市", "上海市", "重庆市", "河北省", "山西省", "辽宁省", "吉林省", "黑龙江省",
    "江苏省", "浙江省", "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省",
    "广东省", "海南省", "四川省", "贵州省", "云南省", "陕西省", "甘肃省", "青海省", "台湾省",
    "内蒙古自治区", "广西壮族自治区", "西藏自治区", "宁夏回族自治区", "新疆维吾尔自治区",
)  # fmt: skip
_SHORT = {re.sub("(?:壮族|回族|维吾尔)?自治区$|[省市]$", "", name): name for name in _PROVINCES}
_PROVINCE = re.compile(f"({'|'.join([*_PROVINCES, *_SHORT])})")
# Of our own province the names alone are enough; elsewhere only an office makes a word a place.
_OURS = (
    "成都市", "自贡市", "攀枝花市", "泸州市", "德阳市", "绵阳市", "广元市", "遂宁市", "内江市",
    "乐山市", "南充市", "眉山市", "宜宾市", "广安市", "达州市", "雅安市", "巴中市", "资阳市",
    "阿坝州", "甘孜州", "凉山州",
)  # fmt: skip
_OUR_COUNTIES = ("巴州区", "恩阳区", "南江县", "通江县", "平昌县")
_OFFICE = r"(?=[\u4e00-\u9fff]{0,10}?(?:人民政府|委员会|办公室|局|市委|县委|区委))"
_CITY = re.compile(rf"({'|'.join(_OURS)}|[\u4e00-\u9fff]{{2,4}}?(?:自治州|[市州盟]){_OFFICE})")
_COUNTY = re.compile(
    rf"({'|'.join(_OUR_COUNTIES)}|[\u4e00-\u9fff]{{2,6}}?(?:自治县|[县旗区]){_OFFICE})"
)
_NATION = re.compile(
    r"国务院|全国人(?:民代表)?大|最高人民|中共中央|中华人民共和国|国家[\u4e00-\u9fff]{2,12}[局委]"
    r"|(?:^|[、\s])(?:(?:(?![省市州县区])[\u4e00-\u9fff]){2,12}部|中国人民银行|"
    r"[\u4e00-\u9fff]{2,6}总局|海关总署|审计署)(?=$|[、\s]|办公厅|关于|等)"
)
_WHOLE = {"北京市", "天津市", "上海市", "重庆市"}


def place_of(name: str) -> tuple[str, str] | None:
    """Level and region of the office `name` (or of a title that begins with one), if it tells."""
    head = name.strip()[:40]
    province = _PROVINCE.match(head)
    if province:
        full = _SHORT.get(province.group(1), province.group(1))
        rest = head[province.end() :]
        county = _COUNTY.match(rest)
        if full in _WHOLE:
            return (_COUNTY_LEVEL, county.group(1)) if county else (_PROVINCE_LEVEL, full)
        return _within(rest) or (_PROVINCE_LEVEL, full)
    if _NATION.search(head):
        return _NATION_LEVEL, "全国"
    return _within(head)


def _within(name: str) -> tuple[str, str] | None:
    city = _CITY.match(name)
    rest = name[city.end() :] if city else name
    county = _COUNTY.match(rest)
    if county and not county.group(1).endswith(("开发区", "示范区", "新区", "自治区", "园区")):
        return _COUNTY_LEVEL, county.group(1)
    return (_CITY_LEVEL, city.group(1)) if city else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: a province, a city in it and, when known, a county in that."""

    province: str
    city: str
    county: str = ""

    def sees(self, level: str, region: str) -> bool:
        """Whether a text of `level` for `region` concerns people here.

        A text that names no region is everybody's. While the county is unknown, every county of
        the city counts: its texts say for whom they are.
        """
        if level == _NATION_LEVEL or not region or region == "全国":
            return True
        if level == _PROVINCE_LEVEL:
            return _same(region, self.province)
        if level == _CITY_LEVEL:
            return _same(region, self.city)
        if self.county:
            return _same(region, self.county)
        return any(_same(region, county) for county in COUNTIES.get(self.city, ()))


COUNTIES = {"巴中市": (*_OUR_COUNTIES, "巴中经济技术开发区")}
HOME = Place("四川省", "巴中市")
"""The city this product serves first; another city says so with `home_of`."""


def home_of(name: str) -> Place | None:
    """The place `name` is: 南江, 南江县, 四川省巴中市南江县; None when it is none of ours."""
    found = re.sub(r"\s", "", name)
    for prefix in (HOME.province, HOME.city):
        found = found.removeprefix(prefix)
    if not found or _same(found, HOME.city):
        return HOME
    for county in COUNTIES[HOME.city]:
        if _same(found, county):
            return Place(HOME.province, HOME.city, county)
    return None


def _same(one: str, other: str) -> bool:
    """Whether two names are one place: 南江 and 四川省巴中市南江县."""
    short = re.sub(r"[省市区县]$", "", other)
    return one in (other, short) or one.endswith(other)
