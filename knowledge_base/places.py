"""Which government speaks: level and region by the name of an office or a title.

And for whom: who is at home in 南江县 sees its texts, the city's, the province's and the nation's.
"""

import re
from dataclasses import dataclass

_LONGEST = 40
"""Characters of a name, of one office or many, in which the place is looked for."""
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
_OUR_ZONE = "巴中经济技术开发区"
_ZONE = re.compile(r"巴中市?(?:经济(?:技术)?开发区|经开区)")
_ZONE_BRANCH = re.compile(
    r"^巴中[\u4e00-\u9fff]{1,12}?(?:经济(?:技术)?开发区|经开区)[\u4e00-\u9fff]{0,6}局$"
)
_OUR_CITY = re.compile(r"(?<!大)巴中(?!心)")
_OUR_COUNTY = re.compile("|".join(_OUR_COUNTIES))
# 恩阳机场 and 巴州大道 are no counties: a short name counts where an office begins with it, or
# where a branch of an office is named by it.
_SHORT_COUNTIES = {name[:-1]: name for name in _OUR_COUNTIES}
_ANY_SHORT = rf"({'|'.join(_SHORT_COUNTIES)})(?!机场|大道|大桥|河|路|街|水库|隧道)"
_SHORT_FIRST = re.compile(rf"(?:四川省?)?(?:巴中市?)?{_ANY_SHORT}")
_SHORT_BRANCH = re.compile(
    rf"{_ANY_SHORT}(?=[\u4e00-\u9fff]{{0,6}}"
    r"(?:分局|分行|支行|分?公司|支公司|管理部|办事处|分中心|调查队|税务局)$)"
)
_HAN = r"(?:(?![省市县区旗])[\u4e00-\u9fff])"
"""A character of a place's own name: 南江县 is over before the 市 of 市场 comes."""
_OFFICE = r"(?=[\u4e00-\u9fff]{0,14}?(?:人民政府|委员会|管委会|办公室|局|市委|县委|区委|州委))"
_CITY = re.compile(
    rf"({'|'.join(_OURS)}|(?!{_HAN}{{2,3}}城市){_HAN}{{2,4}}?(?:自治州|市(?!场)|[州盟]){_OFFICE})"
)
_COUNTY = re.compile(rf"({'|'.join(_OUR_COUNTIES)}|{_HAN}{{2,6}}?(?:自治县|[县旗区]){_OFFICE})")
_NO_COUNTY = (
    "开发区", "示范区", "新区", "自治区", "园区", "社区", "景区", "名胜区", "高新区", "保护区",
    "片区", "试验区", "校区", "小区", "地区",
)  # fmt: skip
_NATION = re.compile(
    r"国务院|全国人(?:民代表)?大|最高人民|中共中央|中华人民共和国"
    r"|国家(?!级)[\u4e00-\u9fff]{2,12}[局委]"
    r"|(?:^|[、\s])(?:(?:(?![省市州县区])[\u4e00-\u9fff]){2,12}部|中国人民银行|"
    r"[\u4e00-\u9fff]{2,6}总局|海关总署|审计署)(?=$|[、\s]|办公厅|关于|等)"
)
_WHOLE = {"北京市", "天津市", "上海市", "重庆市"}
_HEADED = re.compile(
    "中共(?!中央)|中国共产党(?!中央)|共青团|中国共产主义青年团|国网|国家税务总局|国家统计局"
    "|国家金融监督管理总局|中国人民银行|中国(?:银行业|银行保险|证券)监督管理委员会"
)
"""What stands before the place in the name of a local office: 国家税务总局巴中市税务局."""
_TITLE_GOES_ON = re.compile("关于|(?<!^)(?:印发|转发)")
_IS_OFFICE = re.compile(
    "(?:[局部委会府厅室院行社队所处站校学馆园署组段]|公司|集团|中心|供电|分局|管理委员会)$"
)


def place_of(name: str) -> tuple[str, str] | None:
    """Level and region of the office `name` (or of a title that begins with one), if it tells."""
    head = _TITLE_GOES_ON.split(name.strip(), maxsplit=1)[0]
    if ours := _ours(re.split(r"[、\s]", head, maxsplit=1)[0]):
        return ours
    head = head[:_LONGEST]
    headed = _HEADED.match(head)
    local = _by_name(head[headed.end() :]) if headed else None
    if local and local[0] != _NATION_LEVEL:
        return local
    return _by_name(head)


def _ours(office: str) -> tuple[str, str] | None:
    """The place at home that an office is in, the smallest that its name tells."""
    bare = _HEADED.sub("", office, count=1).removeprefix("四川")
    if _ZONE.match(bare) or _ZONE_BRANCH.search(bare):
        return _COUNTY_LEVEL, _OUR_ZONE
    is_office = bool(_IS_OFFICE.search(office))
    counties = set(_OUR_COUNTY.findall(office)) if is_office else set()
    if is_office and not counties:
        plain = _HEADED.sub("", office, count=1)
        short = _SHORT_FIRST.match(plain) or _SHORT_BRANCH.search(plain)
        counties = {_SHORT_COUNTIES[short.group(1)]} if short else set()
    if len(counties) == 1:
        return _COUNTY_LEVEL, counties.pop()
    told = _OUR_CITY.search(office)
    if told and is_office:
        return _CITY_LEVEL, HOME.city
    # A title begins with the place: 巴中市南江县… is the county's.
    return (_CITY_LEVEL, HOME.city) if told and told.start() == 0 and not _county(office) else None


def _county(title: str) -> bool:
    return bool(_OUR_COUNTY.match(title.removeprefix(HOME.city)))


def _by_name(head: str) -> tuple[str, str] | None:
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
    if county and not county.group(1).endswith(_NO_COUNTY):
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


COUNTIES = {"巴中市": (*_OUR_COUNTIES, _OUR_ZONE)}
HOME = Place("四川省", "巴中市")
"""The city this product serves first; another city says so with `home_of`."""


def home_of(name: str) -> Place | None:
    """The place `name` is: 南江, 南江县, 四川省巴中市南江县; None when it is none of ours."""
    found = re.sub(r"\s", "", name)
    if _ZONE.fullmatch(found) or found in ("经开区", "经济技术开发区", "经济开发区"):
        return Place(HOME.province, HOME.city, _OUR_ZONE)
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
