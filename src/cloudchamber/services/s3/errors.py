"""S3's errors: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""

from __future__ import annotations

from cloudchamber.core.errors import AwsError


class S3Error(AwsError):
    """An error whose text is always the same, with further members by name."""

    text = ""

    def __init__(self, text: str | None = None, **members: object) -> None:
        super().__init__(self.text if text is None else text, members=members)

    def named(self, code: str, status: int = 400) -> S3Error:
        """This error under a code that only one place has a use for."""
        self.code, self.status = code, status
        return self


class NoSuchBucket(S3Error):
    code, status, text = "NoSuchBucket", 404, "The specified bucket does not exist"


class NoSuchKey(S3Error):
    code, status, text = "NoSuchKey", 404, "The specified key does not exist."


class NoSuchVersion(S3Error):
    code, status, text = "NoSuchVersion", 404, "The specified version does not exist."


class NoSuchUpload(S3Error):
    code, status = "NoSuchUpload", 404
    text = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed."
    )


class BucketAlreadyExists(S3Error):
    code, status = "BucketAlreadyExists", 409
    text = (
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again."
    )


class BucketAlreadyOwnedByYou(S3Error):
    code, status = "BucketAlreadyOwnedByYou", 409
    text = "Your previous request to create the named bucket succeeded and you already own it."


class BucketNotEmpty(S3Error):
    code, status, text = "BucketNotEmpty", 409, "The bucket you tried to delete is not empty"


class InvalidBucketName(S3Error):
    code, text = "InvalidBucketName", "The specified bucket is not valid."


class InvalidBucketState(S3Error):
    code, status, text = "InvalidBucketState", 409, "The request is not valid with the current state of the bucket."


class TooManyBuckets(S3Error):
    code, text = "TooManyBuckets", "You have attempted to create more buckets than allowed"


class IllegalLocationConstraint(S3Error):
    code = "IllegalLocationConstraintException"


class InvalidLocationConstraint(S3Error):
    code, text = "InvalidLocationConstraint", "The specified location-constraint is not valid"


class InvalidArgument(S3Error):
    code = "InvalidArgument"

    def __init__(self, text: str, name: str | None = None, value: object = None) -> None:
        super().__init__(text, ArgumentName=name, ArgumentValue=value)


class InvalidRequest(S3Error):
    code = "InvalidRequest"


class BadRequest(S3Error):
    code = "BadRequest"


class MalformedXml(S3Error):
    code = "MalformedXML"
    text = "The XML you provided was not well-formed or did not validate against our published schema"


class MalformedPolicyText(S3Error):
    code = "MalformedPolicy"


class KeyTooLong(S3Error):
    code, text = "KeyTooLongError", "Your key is too long"


class MetadataTooLarge(S3Error):
    code, text = "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"


class EntityTooLarge(S3Error):
    code, text = "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"


class EntityTooSmall(S3Error):
    code, text = "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size"


class IncompleteBody(S3Error):
    code = "IncompleteBody"
    text = "The request body terminated unexpectedly"


class MissingContentLength(S3Error):
    code, status, text = "MissingContentLength", 411, "You must provide the Content-Length HTTP header."


class BadDigest(S3Error):
    code, text = "BadDigest", "The Content-MD5 you specified did not match what we received."


class InvalidDigest(S3Error):
    code, text = "InvalidDigest", "The Content-MD5 you specified is not valid."


class InvalidPart(S3Error):
    code = "InvalidPart"
    text = (
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag."
    )


class InvalidPartOrder(S3Error):
    code = "InvalidPartOrder"
    text = "The list of parts was not in ascending order. Parts must be ordered by part number."


class InvalidRange(S3Error):
    code, status, text = "InvalidRange", 416, "The requested range is not satisfiable"


class InvalidPartNumber(S3Error):
    code, status, text = "InvalidPartNumber", 416, "The requested partnumber is not satisfiable"


class PreconditionFailed(S3Error):
    code, status, text = "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold"

    def __init__(self, condition: str) -> None:
        super().__init__(None, Condition=condition)


class InvalidObjectState(S3Error):
    code, status = "InvalidObjectState", 403
    text = "The operation is not valid for the object's storage class"


class InvalidStorageClass(S3Error):
    code, text = "InvalidStorageClass", "The storage class you specified is not valid"


class MethodNotAllowed(S3Error):
    code, status, text = "MethodNotAllowed", 405, "The specified method is not allowed against this resource."


class InvalidTag(S3Error):
    code = "InvalidTag"


class InvalidToken(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("The continuation token provided is incorrect", "continuation-token")


class AccessForbidden(S3Error):
    code, status = "AccessForbidden", 403


class Denied(S3Error):
    code, status, text = "AccessDenied", 403, "Access Denied"


class AccessControlListNotSupported(S3Error):
    code, text = "AccessControlListNotSupported", "The bucket does not allow ACLs"


class InvalidAclPutHere(S3Error):
    code = "InvalidBucketAclWithObjectOwnership"
    text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"


class Absent(S3Error):
    """A configuration that a bucket does not have: each has a code of its own."""

    status = 404

    def __init__(self, code: str, text: str, bucket: str) -> None:
        super().__init__(text, BucketName=bucket)
        self.code = code


class NotRestorable(S3Error):
    code, status = "RestoreAlreadyInProgress", 409
    text = "Object restore is already in progress"


class DiskFull(S3Error):
    """None of AWS's: the disk under this cloud has no room left. Not one of those that SDKs retry."""

    code, status = "InsufficientStorage", 507
    text = "There is no room left on the disk that holds this cloud's data: nothing of the upload was kept."


class StorageFailed(S3Error):
    code, status, text = "InternalError", 500, "We encountered an internal error. Please try again."
