"""Schedule groups and their tags."""

from __future__ import annotations

from tests.services.calls import refused


def test_the_default_group_is_there_by_itself(scheduler, account):
    found = scheduler.get_schedule_group(Name="default")
    assert found["Arn"] == f"arn:aws:scheduler:us-east-1:{account}:schedule-group/default"
    assert found["State"] == "ACTIVE"
    with refused("ValidationException", "The default schedule group cannot be deleted."):
        scheduler.delete_schedule_group(Name="default")
    with refused("ConflictException", "Schedule group default already exists.", 409):
        scheduler.create_schedule_group(Name="default")


def test_a_group_is_made_once_shown_listed_and_deleted(scheduler, hour):
    arn = scheduler.create_schedule_group(Name="g", ClientToken="t")["ScheduleGroupArn"]
    assert scheduler.create_schedule_group(Name="g", ClientToken="t")["ScheduleGroupArn"] == arn
    with refused("ConflictException", "Schedule group g already exists.", 409):
        scheduler.create_schedule_group(Name="g")
    found = scheduler.get_schedule_group(Name="g")
    assert (found["Arn"], found["Name"], found["State"]) == (arn, "g", "ACTIVE")
    assert found["CreationDate"].timestamp() == hour
    groups = scheduler.list_schedule_groups()["ScheduleGroups"]
    assert [group["Name"] for group in groups] == ["default", "g"]
    page = scheduler.list_schedule_groups(MaxResults=1)
    rest = scheduler.list_schedule_groups(MaxResults=1, NextToken=page["NextToken"])
    assert [group["Name"] for group in rest["ScheduleGroups"]] == ["g"]
    assert [g["Name"] for g in scheduler.list_schedule_groups(NamePrefix="d")["ScheduleGroups"]] == ["default"]
    scheduler.delete_schedule_group(Name="g")
    for call in (scheduler.get_schedule_group, scheduler.delete_schedule_group):
        with refused("ResourceNotFoundException", "Schedule group g does not exist.", 404):
            call(Name="g")


def test_a_schedule_needs_a_group_that_is_there(create):
    with refused("ResourceNotFoundException", "Schedule group g does not exist.", 404):
        create("rate(1 hour)", "arn:aws:sqs:us-east-1:123456789012:q", GroupName="g")


def test_schedules_of_one_name_live_in_several_groups_and_go_with_theirs(scheduler, create, queue, hour):
    q = queue()
    scheduler.create_schedule_group(Name="g")
    create("rate(1 hour)", q.arn, StartDate=hour + 60, Input="default")
    create("rate(1 hour)", q.arn, StartDate=hour + 60, Input="g", GroupName="g")
    scheduler.delete_schedule_group(Name="g")
    with refused("ResourceNotFoundException", "Schedule s does not exist.", 404):
        scheduler.get_schedule(Name="s", GroupName="g")
    hour.advance(60)
    assert q.bodies() == ["default"]


def test_groups_have_tags(scheduler, account):
    arn = scheduler.create_schedule_group(Name="g", Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["b"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}]
    with refused("ValidationException", "aws: prefixed tag key names are not allowed for external use."):
        scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "aws:x", "Value": "1"}])
    with refused("ServiceQuotaExceededException", "A schedule group has 50 tags at most.", 402):
        scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": f"k{n}", "Value": "1"} for n in range(50)])
    with refused("ResourceNotFoundException", "Schedule group x does not exist.", 404):
        scheduler.list_tags_for_resource(ResourceArn=arn.replace("/g", "/x"))
