"""What botocore's model of S3 lacks and the wire has: root elements, a status that varies, operations without an SDK.

Three operations are none of the API's, but are requests like others: a browser's form upload (`PostObject`), a CORS
preflight (`PreflightObject`, `PreflightBucket`) and a page of a website (`GetWebsitePage`, `HeadWebsitePage`; the
gateway puts the host of a website endpoint into the path). As entries in the model they are routed, traced and written
like every other.
"""

from __future__ import annotations

from typing import Any

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

_ROOTS = {
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListParts": "ListPartsResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAcl": "AccessControlPolicy",
    "GetObjectAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetBucketTagging": "Tagging",
    "GetObjectTagging": "Tagging",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsOutput",
}
_STATUS = {"shape": "GetObjectResponseStatusCode", "location": "statusCode"}


def _at(location: str, shape: str, name: str) -> dict[str, str]:
    return {"shape": shape, "location": location, "locationName": name}


_BUCKET, _KEY = _at("uri", "BucketName", "Bucket"), _at("uri", "ObjectKey", "Key")
_ROOT_INPUT = {"type": "structure", "required": ["Bucket"], "members": {"Bucket": _BUCKET}}
_PAGE_INPUT = {"type": "structure", "required": ["Bucket"], "members": {"Bucket": _BUCKET, "Key": _KEY}}
_PAGE_OUTPUT = {
    "type": "structure",
    "payload": "Body",
    "members": {
        "StatusCode": _STATUS,
        "Body": {"shape": "Body", "streaming": True},
        "Location": _at("header", "Location", "Location"),
        "ContentType": _at("header", "ContentType", "Content-Type"),
        "ContentLength": _at("header", "ContentLength", "Content-Length"),
        "ContentRange": _at("header", "ContentRange", "Content-Range"),
        "ContentEncoding": _at("header", "ContentEncoding", "Content-Encoding"),
        "ContentLanguage": _at("header", "ContentLanguage", "Content-Language"),
        "ContentDisposition": _at("header", "ContentDisposition", "Content-Disposition"),
        "CacheControl": _at("header", "CacheControl", "Cache-Control"),
        "Expires": _at("header", "Expires", "Expires"),
        "ETag": _at("header", "ETag", "ETag"),
        "LastModified": _at("header", "LastModified", "Last-Modified"),
        "Metadata": {"shape": "Metadata", "location": "headers", "locationName": "x-amz-meta-"},
    },
}
_POST_INPUT = {
    "type": "structure",
    "required": ["Bucket"],
    "payload": "Body",
    "members": {
        "Bucket": _BUCKET,
        "ContentType": _at("header", "ContentType", "Content-Type"),
        "Body": {"shape": "Body", "streaming": True},
    },
}
_POST_OUTPUT = {
    "type": "structure",
    "payload": "PostResponse",
    "members": {
        "StatusCode": _STATUS,
        "Location": _at("header", "Location", "Location"),
        "ETag": _at("header", "ETag", "ETag"),
        "VersionId": _at("header", "ObjectVersionId", "x-amz-version-id"),
        "PostResponse": {"shape": "PostResponse", "locationName": "PostResponse"},
    },
}
_POST_RESPONSE = {
    "type": "structure",
    "members": {
        "Location": {"shape": "Location"},
        "Bucket": {"shape": "BucketName"},
        "Key": {"shape": "ObjectKey"},
        "ETag": {"shape": "ETag"},
    },
}


def _operation(name: str, method: str, uri: str, shapes: tuple[str, str]) -> dict[str, Any]:
    http = {"method": method, "requestUri": uri}
    return {"name": name, "http": http, "input": {"shape": shapes[0]}, "output": {"shape": shapes[1]}}


_PAGE = ("WebsitePageRequest", "WebsitePage")
_ROOT = ("WebsiteRootRequest", "WebsitePage")
_PREFLIGHT = ("WebsitePageRequest", "PreflightOutput")
_PREFLIGHT_BUCKET = ("WebsiteRootRequest", "PreflightOutput")
_OPERATIONS: dict[str, Any] = {
    **{name: {"output": {"locationName": root}} for name, root in _ROOTS.items()},
    "GetBucketLocation": {"output": {"unwrapped": True}},
    "PostObject": _operation("PostObject", "POST", "/{Bucket}", ("PostObjectRequest", "PostObjectOutput")),
    "PreflightObject": _operation("PreflightObject", "OPTIONS", "/{Bucket}/{Key+}", _PREFLIGHT),
    "PreflightBucket": _operation("PreflightBucket", "OPTIONS", "/{Bucket}", _PREFLIGHT_BUCKET),
    "GetWebsitePage": _operation("GetWebsitePage", "GET", "/_website/{Bucket}/{Key+}", _PAGE),
    "HeadWebsitePage": _operation("HeadWebsitePage", "HEAD", "/_website/{Bucket}/{Key+}", _PAGE),
    "GetWebsiteRoot": _operation("GetWebsiteRoot", "GET", "/_website/{Bucket}", _ROOT),
    "HeadWebsiteRoot": _operation("HeadWebsiteRoot", "HEAD", "/_website/{Bucket}", _ROOT),
}
_TEXT = {"type": "string"}
# That a delete marker is in the way, an error says in headers.
_MARKER_MEMBERS = {
    "DeleteMarker": _at("header", "DeleteMarker", "x-amz-delete-marker"),
    "VersionId": _at("header", "ObjectVersionId", "x-amz-version-id"),
}
_SHAPES: dict[str, Any] = {
    "GetObjectOutput": {"members": {"StatusCode": _STATUS}},
    "HeadObjectOutput": {"members": {"StatusCode": _STATUS}},
    "RestoreObjectOutput": {"members": {"StatusCode": _STATUS}},
    "NoSuchKey": {"members": _MARKER_MEMBERS},
    "MethodNotAllowed": {
        "type": "structure",
        "exception": True,
        "error": {"httpStatusCode": 405},
        "members": {
            **_MARKER_MEMBERS,
            "Allow": _at("header", "ContentType", "Allow"),
            "LastModified": _at("header", "LastModified", "Last-Modified"),
        },
    },
    # Numbers that S3 refuses in its own words when they are none.
    "MaxKeys": _TEXT,
    "MaxUploads": _TEXT,
    "MaxParts": _TEXT,
    "PartNumberMarker": _TEXT,
    "NextPartNumberMarker": _TEXT,
    # Dates that are ignored when they cannot be read.
    **dict.fromkeys(("IfModifiedSince", "IfUnmodifiedSince", "ResponseExpires"), _TEXT),
    **{f"CopySource{name}": _TEXT for name in ("IfModifiedSince", "IfUnmodifiedSince")},
    "WebsitePageRequest": _PAGE_INPUT,
    "WebsitePage": _PAGE_OUTPUT,
    "WebsiteRootRequest": _ROOT_INPUT,
    "PreflightOutput": {"type": "structure", "members": {}},
    "PostObjectRequest": _POST_INPUT,
    "PostObjectOutput": _POST_OUTPUT,
    "PostResponse": _POST_RESPONSE,
}

ADDED = frozenset({
    "post_object", "preflight_object", "preflight_bucket", "get_website_page", "head_website_page", "get_website_root",
    "head_website_root",
})  # fmt: skip
MODEL_PATCH: dict[str, Any] = {
    "metadata": {"xmlNamespace": NAMESPACE},
    "operations": _OPERATIONS,
    "shapes": _SHAPES,
}
