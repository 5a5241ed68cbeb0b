"""The behaviour of REST APIs as they are configured, pure: trees of resources, patches, OpenAPI documents, quotas."""
