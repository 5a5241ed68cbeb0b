"""Amazon DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/

Operations by subject: `tables.py` and what is named after the settings of tables, `items.py`, `querying.py`,
`batches.py`, `transactions.py`, `statements.py` (PartiQL).
"""

from __future__ import annotations

from cloudchamber.services.dynamodb.account_settings import AccountSettings
from cloudchamber.services.dynamodb.backups import Backups
from cloudchamber.services.dynamodb.batches import Batches
from cloudchamber.services.dynamodb.expiry import Expiry
from cloudchamber.services.dynamodb.exports import Exports
from cloudchamber.services.dynamodb.global_settings import GlobalSettings
from cloudchamber.services.dynamodb.imports import Imports
from cloudchamber.services.dynamodb.items import Items
from cloudchamber.services.dynamodb.kinesis_destinations import KinesisDestinations
from cloudchamber.services.dynamodb.querying import Querying
from cloudchamber.services.dynamodb.statements import Statements
from cloudchamber.services.dynamodb.streams_control import StreamUpkeep
from cloudchamber.services.dynamodb.table_policies import TablePolicies
from cloudchamber.services.dynamodb.table_tags import TableTags
from cloudchamber.services.dynamodb.table_updates import TableUpdates
from cloudchamber.services.dynamodb.transactions import Transactions


class DynamoDb(
    Statements,
    Items,
    Querying,
    Batches,
    Transactions,
    StreamUpkeep,
    KinesisDestinations,
    TableUpdates,
    TableTags,
    TablePolicies,
    Expiry,
    AccountSettings,
    Backups,
    Exports,
    Imports,
    GlobalSettings,
):
    """The service."""
