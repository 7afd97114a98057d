"""A firm as the city's register knows it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Length, Upper
from django.db.models.lookups import Exact

from knowledge_base.text import valid_credit_code

CREDIT_CODE_LENGTH = 18


class District(models.TextChoices):
    """The city's counties, districts and its development zone."""

    BAZHOU = "bazhou", "巴州区"
    ENYANG = "enyang", "恩阳区"
    NANJIANG = "nanjiang", "南江县"
    TONGJIANG = "tongjiang", "通江县"
    PINGCHANG = "pingchang", "平昌县"
    ZONE = "zone", "经开区"


class Scale(models.TextChoices):
    """Size by the rule of 工信部联企业 (2011) No. 300."""

    LARGE = "large", "大型"
    MEDIUM = "medium", "中型"
    SMALL = "small", "小型"
    MICRO = "micro", "微型"


def validate_credit_code(code: str) -> None:
    """Raises ValidationError unless `code` is a 统一社会信用代码 with a right checksum."""
    if not valid_credit_code(code):
        raise ValidationError("统一社会信用代码不正确。", code="credit_code")


class Enterprise(models.Model):
    """One registered firm; `sample` marks the demonstration's, which do not exist."""

    name = models.CharField("名称", max_length=128, unique=True)
    credit_code = models.CharField(
        "统一社会信用代码",
        max_length=CREDIT_CODE_LENGTH,
        unique=True,
        validators=[validate_credit_code],
    )
    industry = models.CharField("行业", max_length=64)
    district = models.CharField("所在区县", max_length=16, choices=District)
    scale = models.CharField("规模", max_length=8, choices=Scale)
    registered_on = models.DateField("成立日期")
    specialist = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="服务专员",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="enterprises",
    )
    sample = models.BooleanField("示例", default=False)

    class Meta:
        verbose_name = "企业"
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=Exact(Length("credit_code"), CREDIT_CODE_LENGTH)
                & Exact(models.F("credit_code"), Upper("credit_code")),
                name="enterprise_credit_code_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(industry=""), name="enterprise_named"
            ),
            models.CheckConstraint(
                condition=models.Q(district__in=District.values), name="enterprise_district_known"
            ),
            models.CheckConstraint(
                condition=models.Q(scale__in=Scale.values), name="enterprise_scale_known"
            ),
        )

    def __str__(self) -> str:
        return self.name


class BindingWay(models.TextChoices):
    """How a person showed that they speak for a firm."""

    STAFF_CODE = "staff_code", "工作人员发的绑定码"
    PHONE_CODE = "phone_code", "登记手机的验证码"


class RegisteredPhone(models.Model):
    """The mobile number a firm is reached under; whoever reads a code sent there speaks for it."""

    enterprise = models.OneToOneField(Enterprise, models.CASCADE, related_name="registered_phone")
    phone = models.CharField("登记手机", max_length=11)

    def __str__(self) -> str:
        return f"{self.enterprise_id}"


class EnterpriseContact(models.Model):
    """A person speaks for a firm, from `bound_at` until `ended_at`; `consent` names the words they
    agreed to."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="contacts")
    contact = models.ForeignKey(
        "conversations.Contact", models.PROTECT, related_name="enterprise_contacts"
    )
    way = models.CharField("方式", max_length=16, choices=BindingWay)
    consent = models.CharField("同意书版本", max_length=16)
    bound_at = models.DateTimeField("绑定")
    ended_at = models.DateTimeField("解绑", null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise", "contact"],
                condition=models.Q(ended_at__isnull=True),
                name="enterprise_contact_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} → {self.enterprise_id}"


class BindingCode(models.Model):
    """A code that binds whoever says it, once; only its digest is kept. `contact`: who asked for a
    phone code; nobody else may use it."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="binding_codes")
    digest = models.CharField(max_length=64, unique=True)
    way = models.CharField("方式", max_length=16, choices=BindingWay)
    contact = models.ForeignKey(
        "conversations.Contact", models.CASCADE, null=True, blank=True, related_name="binding_codes"
    )
    issued_by = models.ForeignKey(
        "accounts.StaffMember", models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField("发出")
    expires_at = models.DateTimeField("失效")
    used_at = models.DateTimeField("使用", null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.way}"


class BindingTry(models.Model):
    """A code that was said or asked for: so many an hour, and no more."""

    contact = models.ForeignKey(
        "conversations.Contact", models.CASCADE, related_name="binding_tries"
    )
    tried_at = models.DateTimeField("时间", db_index=True)

    def __str__(self) -> str:
        return f"{self.contact_id}"
