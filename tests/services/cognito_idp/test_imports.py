"""Importing users from a CSV file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from tests.services.cognito_idp.user_pool_calls import PASSWORD, Site, refused

if TYPE_CHECKING:
    import boto3

TRUST = {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole"}
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_users_are_imported_and_what_became_of_each_is_logged(site: Site, aws: boto3.Session, account: str):
    iam, idp = aws.client("iam"), site.idp
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(LOGS))
    header = idp.get_csv_header(UserPoolId=site.pool)["CSVHeader"]
    made = idp.create_user_import_job(UserPoolId=site.pool, JobName="first", CloudWatchLogsRoleArn=role)[
        "UserImportJob"
    ]
    asked = {"UserPoolId": site.pool, "JobId": made["JobId"]}
    refused("PreconditionNotMetException", None, idp.start_user_import_job, **asked)
    site.add("old")
    address = f"ann-{account}@example.com"
    people = [
        {"cognito:username": "ann", "email": address, "email_verified": "TRUE", "name": "Ann, the first"},
        {"cognito:username": "old", "email": "old@example.com", "email_verified": "TRUE"},
        {"cognito:username": "bad", "email": "bad@example.com", "email_verified": "FALSE"},
        {"cognito:username": "worse", "email": "nowhere", "email_verified": "TRUE"},
    ]
    lines = [",".join(header)] + [
        ",".join(f'"{person.get(name, "")}"' for name in header) for person in people
    ]  # fmt: skip
    upload = made["PreSignedUrl"]
    assert httpx.put(upload + "x", content="x").status_code == 403
    assert httpx.put(upload, content="\n".join(lines)).status_code == 200
    assert idp.start_user_import_job(**asked)["UserImportJob"]["Status"] == "Pending"
    site.cloud.clock.settle()
    job = idp.describe_user_import_job(**asked)["UserImportJob"]
    assert (job["Status"], job["ImportedUsers"], job["SkippedUsers"], job["FailedUsers"]) == ("Succeeded", 1, 1, 2)
    user = site.user("ann")
    assert (user["UserStatus"], user["Attributes"]["name"]) == ("RESET_REQUIRED", "Ann, the first")
    given = {"USERNAME": "ann", "PASSWORD": PASSWORD}
    refused("PasswordResetRequiredException", None, idp.initiate_auth, ClientId=site.client,
            AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)  # fmt: skip
    idp.forgot_password(ClientId=site.client, Username="ann")
    code = site.code(address)
    idp.confirm_forgot_password(ClientId=site.client, Username="ann", ConfirmationCode=code, Password=PASSWORD)
    assert site.sign_in("ann")
    events = aws.client("logs").get_log_events(
        logGroupName=f"/aws/cognito/userpools/{site.pool}/people", logStreamName=made["JobId"]
    )["events"]
    said = [event["message"] for event in events]
    assert said[1:] == [
        "[SUCCEEDED] Line Number 2 - The import succeeded.",
        "[SKIPPED] Line Number 3 - The user already exists in the user pool.",
        "[FAILED] Line Number 4 - A verified email address or phone number is needed.",
        "[FAILED] Line Number 5 - Invalid email address format.",
    ]
    refused("PreconditionNotMetException", None, idp.stop_user_import_job, **asked)


def test_a_file_of_another_shape_fails_as_a_whole(site: Site, account: str):
    idp = site.idp
    role = f"arn:aws:iam::{account}:role/nobody"
    made = idp.create_user_import_job(UserPoolId=site.pool, JobName="x", CloudWatchLogsRoleArn=role)["UserImportJob"]
    httpx.put(made["PreSignedUrl"], content="name,age\nAnn,9\n")
    asked = {"UserPoolId": site.pool, "JobId": made["JobId"]}
    idp.start_user_import_job(**asked)
    site.cloud.clock.settle()
    assert idp.describe_user_import_job(**asked)["UserImportJob"]["Status"] == "Failed"
    listed = idp.list_user_import_jobs(UserPoolId=site.pool, MaxResults=5)["UserImportJobs"]
    assert [job["JobId"] for job in listed] == [made["JobId"]]
