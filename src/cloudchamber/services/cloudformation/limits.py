"""CloudFormation quotas: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

TEMPLATE_BODY_BYTES_MAX = 51_200
TEMPLATE_URL_BYTES_MAX = 1_048_576
RESOURCES_MAX = 500
PARAMETERS_MAX = 200
OUTPUTS_MAX = 200
MAPPINGS_MAX = 200
DESCRIPTION_BYTES_MAX = 1024
GENERATED_NAME_CHARS_MAX = 63
EVENTS_PAGE = 100
STACKS_PAGE = 100
CHANGES_PAGE = 100
RESPONSE_BYTES_MAX = 4096
CUSTOM_RESOURCE_SECONDS = 3600
HANDLE_SECONDS = 43_200
STACK_KEPT_SECONDS = 90 * 86_400  # that a deleted stack can still be described by its id
AT_ONCE_MAX = 64  # resources of a stack that are worked on side by side
