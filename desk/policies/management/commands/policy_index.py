"""`manage.py policy_index`: the index from all files and from what editors published."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from desk.policies import served
from knowledge_base import report
from knowledge_base.errors import KnowledgeError


class Command(BaseCommand):
    help = "用政策文件和编辑发布的版本重建索引；正在运行的进程会自动换用新索引。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-changed", action="store_true", help="只在有变化时重建")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = served.build(timezone.now(), if_changed=options["if_changed"])
        except KnowledgeError as error:
            raise CommandError(f"{error.code}: {error}") from error
        if made is None:
            self.stdout.write("索引没有变化。")
            return
        for refusal in made.reading.refusals:
            self.stderr.write(f"拒收 {refusal.code}：{refusal}")
        for duplicate in made.reading.duplicates:
            self.stderr.write(f"重复 {duplicate.code}：{duplicate}")
        for line in [*report.read(made), *report.changed(made)]:
            self.stdout.write(line)
        held = made.manifest
        self.stdout.write(
            f"{held.documents} 份文件，{held.passages} 个段落，{made.seconds:.1f} 秒。"
        )
