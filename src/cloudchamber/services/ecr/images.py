"""What is in a repository: ListImages, DescribeImages, BatchGetImage.

There is no registry to push to and PutImage is not offered, so a repository holds nothing, and these say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.ecr.base import EcrBase
from cloudchamber.services.ecr.errors import ImageNotFound

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.ecr import shapes


class Images(EcrBase):
    @operation
    async def list_images(self, ctx: Context, request: shapes.ListImagesRequest) -> shapes.ListImagesResponse:
        self.repository(ctx, request)
        return {"imageIds": []}

    @operation
    async def describe_images(
        self, ctx: Context, request: shapes.DescribeImagesRequest
    ) -> shapes.DescribeImagesResponse:
        found = self.repository(ctx, request)
        for image in request.get("imageIds") or ():
            digest, tag = image.get("imageDigest", "null"), image.get("imageTag", "null")
            raise ImageNotFound(digest, tag, found.name, found.account)
        return {"imageDetails": []}

    @operation
    async def batch_get_image(self, ctx: Context, request: shapes.BatchGetImageRequest) -> shapes.BatchGetImageResponse:
        self.repository(ctx, request)
        missing: list[Any] = [
            {"imageId": image, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
            for image in request["imageIds"]
        ]
        return {"images": [], "failures": missing}
