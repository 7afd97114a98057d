from django.db import migrations, models


class Migration(migrations.Migration):
    """What the rows must obey from now on; apart from the rows' own change, as PostgreSQL wants."""

    dependencies = [("tickets", "0003_life_begins")]

    operations = [
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['received', 'assigned', 'in_progress', 'suspended', 'closed', 'visited', 'archived', 'merged', 'withdrawn'])), name='ticket_state_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state__in', ('closed', 'visited', 'archived'))), models.Q(models.Q(('state__in', ('closed', 'visited', 'archived')), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='ticket_closed_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('assigned', 'in_progress', 'suspended')), _negated=True), ('department__isnull', False), _connector='OR'), name='ticket_held_by_a_department'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'suspended'), ('suspended_at__isnull', False)), models.Q(models.Q(('state', 'suspended'), _negated=True), ('suspended_at__isnull', True)), _connector='OR'), name='ticket_suspended_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'merged'), _negated=True), ('main__isnull', False), _connector='OR'), name='ticket_merged_has_its_main'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('main__isnull', True), models.Q(('main', models.F('pk')), _negated=True), _connector='OR'), name='ticket_follows_another'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('rating__isnull', True), ('rating__range', (1, 5)), _connector='OR'), name='ticket_rating_in_range'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('district__in', ['', 'bazhou', 'enyang', 'nanjiang', 'tongjiang', 'pingchang', 'zone'])), name='ticket_district_known'),
        ),
        migrations.AddConstraint(
            model_name='ticketevent',
            constraint=models.CheckConstraint(condition=models.Q(('move__in', ['open', 'note', 'dispatch', 'start', 'assign', 'contact', 'interim', 'suspend', 'resume', 'close', 'visit', 'reopen', 'archive', 'ask_return', 'ask_reassign', 'ask_extension', 'approve_return', 'approve_reassign', 'approve_extension', 'refuse', 'press', 'merge', 'release', 'follow', 'withdraw', 'urge', 'add', 'rate', 'escalate', 'recount'])), name='ticket_event_move_known'),
        ),
        migrations.AddConstraint(
            model_name='ticketevent',
            constraint=models.CheckConstraint(condition=models.Q(('from_state__in', ['', 'received', 'assigned', 'in_progress', 'suspended', 'closed', 'visited', 'archived', 'merged', 'withdrawn']), ('to_state__in', ['received', 'assigned', 'in_progress', 'suspended', 'closed', 'visited', 'archived', 'merged', 'withdrawn'])), name='ticket_event_states_known'),
        ),
    ]
