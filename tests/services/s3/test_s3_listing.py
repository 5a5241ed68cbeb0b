"""ListObjects and ListObjectsV2: order, prefixes, delimiters, pages, and that a page costs the same among many keys."""

import pytest

from cloudchamber.services.s3 import pages
from tests.services.s3.conftest import keys, refusal

KEYS = ["a", "a/b", "a/b/c", "a/z", "b//x", "b/1", "ü", "\U0001f600", "z"]


@pytest.fixture
def filled(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def prefixes(listed):
    return [item["Prefix"] for item in listed.get("CommonPrefixes", [])]


def everything(s3, bucket, **more):
    found, groups, token = [], [], {}
    while True:
        page = s3.list_objects_v2(Bucket=bucket, **more, **token)
        assert page["KeyCount"] == len(keys(page)) + len(prefixes(page)) <= page["MaxKeys"]
        found += keys(page)
        groups += prefixes(page)
        if not page["IsTruncated"]:
            return found, groups
        token = {"ContinuationToken": page["NextContinuationToken"]}


def test_keys_are_in_the_order_of_their_utf_8_bytes(s3, filled):
    assert keys(s3.list_objects_v2(Bucket=filled)) == sorted(KEYS, key=str.encode)
    assert keys(s3.list_objects(Bucket=filled)) == sorted(KEYS, key=str.encode)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("prefix", "delimiter"), [("", ""), ("", "/"), ("a/", "/"), ("a", ""), ("b/", "/"), ("a", "b")]
)
def test_pages_put_together_are_the_whole(s3, filled, size, prefix, delimiter):
    found, groups = everything(s3, filled, MaxKeys=size, Prefix=prefix, Delimiter=delimiter)
    plain, grouped = [], []
    for key in sorted(KEYS, key=str.encode):
        rest = key.removeprefix(prefix)
        if not key.startswith(prefix):
            continue
        if delimiter and delimiter in rest:
            grouped.append(prefix + rest[: rest.index(delimiter) + len(delimiter)])
        else:
            plain.append(key)
    assert (found, groups) == (plain, list(dict.fromkeys(grouped)))


def test_the_old_list_goes_on_from_its_marker(s3, filled):
    page = s3.list_objects(Bucket=filled, Delimiter="/", MaxKeys=2)
    assert (keys(page), prefixes(page), page["NextMarker"]) == (["a"], ["a/"], "a/")
    page = s3.list_objects(Bucket=filled, Delimiter="/", MaxKeys=2, Marker=page["NextMarker"])
    assert (keys(page), prefixes(page)) == (["z"], ["b/"])
    assert "NextMarker" not in s3.list_objects(Bucket=filled, MaxKeys=2)


def test_a_list_begins_after_a_key(s3, filled):
    assert keys(s3.list_objects_v2(Bucket=filled, StartAfter="b/1")) == ["z", "ü", "\U0001f600"]
    assert keys(s3.list_objects_v2(Bucket=filled, StartAfter="a/b", Prefix="a/")) == ["a/b/c", "a/z"]


def test_what_is_listed_says_what_it_is(s3, bucket, account):
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc", StorageClass="GLACIER")
    (item,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert (item["Size"], item["ETag"], item["StorageClass"]) == (3, '"900150983cd24fb0d6963f7d28e17f72"', "GLACIER")
    assert (item["ChecksumAlgorithm"], item["ChecksumType"]) == (["CRC32"], "FULL_OBJECT")
    assert "Owner" not in item
    (item,) = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"]
    assert item["Owner"]["ID"].endswith(account)


def test_limits_are_numbers(s3, bucket, http, cloud):
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["MaxKeys"] == 1000
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=0)["KeyCount"] == 0
    assert refusal(s3.list_objects_v2, Bucket=bucket, MaxKeys=-1)[:2] == ("InvalidArgument", 400)
    found = refusal(s3.list_objects_v2, Bucket=bucket, ContinuationToken="nonsense")
    assert found == ("InvalidArgument", 400, "The continuation token provided is incorrect")


def test_every_page_is_a_stretch_of_the_index(cloud):
    def plans(running):
        store, values = running.registry.get("s3").service.store.db, (1, "a", "b", 10)
        return [store.plan(sql, values) for sql, values in ((pages.OBJECTS, values), (pages.VERSIONS, (*values, 1)))]

    objects, versions = cloud.look(plans)
    search = "SEARCH s3_versions USING PRIMARY KEY (bucket=? AND hidden=? AND key>? AND key<?)"
    assert objects == search
    assert versions.count(search) == 2
    assert "TEMP B-TREE" not in versions


def test_a_common_prefix_is_passed_over_without_reading_its_keys(cloud, s3, bucket):
    for number in range(60):
        s3.put_object(Bucket=bucket, Key=f"{number % 3}/{number:04}", Body=b"")

    def read(running):
        store = running.registry.get("s3").service.store
        number = store.buckets.get(bucket).number
        taken = pages.object_page(store, number, pages.Wanted("", "/", "", 1000))
        return taken.prefixes, [pages.beyond(common) for common in taken.prefixes]

    assert cloud.look(read) == (["0/", "1/", "2/"], ["00", "10", "20"])


@pytest.mark.parametrize(
    ("text", "after"),
    [("a", "b"), ("a/", "a0"), ("\ud7ff", "\ue000"), ("x\U0010ffff", "y"), ("\U0010ffff", pages.LAST)],
)
def test_what_comes_after_all_that_begins_with_a_text(text, after):
    assert pages.beyond(text) == after
