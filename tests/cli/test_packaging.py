"""Local code of templates, packaged: pure functions over a folder."""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.cli.packaging import Packager, PathMissing, packed
from cloudchamber.cli.templates import TemplateUnreadable, find_template, read_template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stored() -> dict[str, bytes]:
    return {}


@pytest.fixture
def package(tmp_path: Path, stored: dict[str, bytes]) -> Any:
    """`package(resources, **sections)`: what becomes of a template in the test's folder."""

    def make(resources: dict[str, Any], **sections: Any) -> Any:
        path = tmp_path / "template.json"
        path.write_text(json.dumps({"Resources": resources, **sections}))
        return Packager("b", "eu-west-1", stored.__setitem__).package(path)

    return make


def write(folder: Path, name: str, text: str = "x") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def names_in(content: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


# templates


def test_short_forms_are_written_out(tmp_path: Path):
    write(tmp_path, "t.yaml", (
        "A: !Ref X\nB: !GetAtt X.Arn\n"
        "C: !Sub ['${a}', {a: !Ref B}]\nD: 2012-10-17\nE: !Condition c\nF: !GetAtt [X, Y.Z]"
    ))  # fmt: skip
    assert read_template(tmp_path / "t.yaml") == {
        "A": {"Ref": "X"}, "B": {"Fn::GetAtt": ["X", "Arn"]}, "C": {"Fn::Sub": ["${a}", {"a": {"Ref": "B"}}]},
        "D": "2012-10-17", "E": {"Condition": "c"}, "F": {"Fn::GetAtt": ["X", "Y.Z"]},
    }  # fmt: skip


def test_a_folder_stands_for_its_template_and_first_for_what_sam_built(tmp_path: Path):
    with pytest.raises(TemplateUnreadable, match=r"has none of"):
        find_template(tmp_path)
    write(tmp_path, "template.yaml")
    assert find_template(tmp_path) == tmp_path / "template.yaml"
    write(tmp_path, ".aws-sam/build/template.yaml")
    assert find_template(tmp_path) == tmp_path / ".aws-sam/build/template.yaml"


@pytest.mark.parametrize("text", ["- a", "a: [", "{"])
def test_what_is_no_template_is_named(tmp_path: Path, text: str):
    write(tmp_path, "t.yaml", text)
    with pytest.raises(TemplateUnreadable, match=r"t\.yaml"):
        read_template(tmp_path / "t.yaml")


# packages


def test_a_package_is_the_same_for_the_same_content(tmp_path: Path):
    write(tmp_path, "src/app.py")
    write(tmp_path, "src/lib/more.py")
    write(tmp_path, "src/__pycache__/app.pyc")
    (tmp_path / "src/run.sh").write_text("x")
    os.chmod(tmp_path / "src/run.sh", 0o755)
    first = packed(tmp_path / "src")
    os.utime(tmp_path / "src/app.py", (1, 1))
    assert packed(tmp_path / "src") == first
    assert names_in(first) == ["app.py", "lib/more.py", "run.sh"]
    modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in zipfile.ZipFile(io.BytesIO(first)).filelist}
    assert (modes["app.py"], modes["run.sh"]) == (0o644, 0o755)


def test_a_single_file_and_a_zip_file(tmp_path: Path):
    write(tmp_path, "app.py")
    assert names_in(packed(tmp_path / "app.py")) == ["app.py"]
    (tmp_path / "made.zip").write_bytes(b"PK")
    assert packed(tmp_path / "made.zip") == b"PK"


def test_code_goes_into_the_bucket(package: Any, tmp_path: Path, stored: dict[str, bytes]):
    for name in ("one", "two", "layer"):
        write(tmp_path, f"{name}/app.py", name)
    made = package({
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "one"}},
        "S": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "two/"}},
        "L": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": "layer"}},
        "M": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "layer"}},
        "There": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "s3://elsewhere/k"}},
        "Inline": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x"}}},
    })  # fmt: skip
    found = {name: resource["Properties"] for name, resource in made.template["Resources"].items()}
    key = found["F"]["Code"]["S3Key"]
    assert found["F"]["Code"] == {"S3Bucket": "b", "S3Key": key}
    assert names_in(stored[key]) == ["app.py"]
    assert found["S"]["CodeUri"].startswith("s3://b/")
    assert found["M"]["ContentUri"] == f"s3://b/{found['L']['Content']['S3Key']}"
    assert found["There"]["CodeUri"] == "s3://elsewhere/k"
    assert found["Inline"]["Code"] == {"ZipFile": "x"}
    assert [artifact.logical_id for artifact in made.artifacts] == ["F", "S", "L", "M"]
    assert len(stored) == 3


def test_a_serverless_function_without_code_is_the_folder_or_what_globals_say(package: Any, tmp_path: Path):
    write(tmp_path, "shared/app.py")
    bare = {"F": {"Type": "AWS::Serverless::Function", "Properties": {}}}
    assert package(bare).artifacts[0].path == tmp_path
    assert package(bare, Globals={"Function": {"CodeUri": "shared"}}).artifacts[0].path == tmp_path / "shared"
    inline = {"F": {"Type": "AWS::Serverless::Function", "Properties": {"InlineCode": "x"}}}
    assert package(inline).artifacts == []


def test_nested_templates_and_files_of_apis(package: Any, tmp_path: Path, stored: dict[str, bytes]):
    write(tmp_path, "inner/code/app.py")
    inner = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "code"}}}}
    write(tmp_path, "inner/t.json", json.dumps(inner))
    write(tmp_path, "api.yaml", "openapi: 3.0.1")
    made = package({
        "N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner/t.json"}},
        "A": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"BodyS3Location": "api.yaml"}},
        "H": {"Type": "AWS::Serverless::HttpApi", "Properties": {"DefinitionUri": "api.yaml"}},
    })  # fmt: skip
    found = {name: resource["Properties"] for name, resource in made.template["Resources"].items()}
    url = found["N"]["TemplateURL"]
    assert url.startswith("https://s3.eu-west-1.amazonaws.com/b/")
    nested = json.loads(stored[url.rpartition("/")[2]])
    assert nested["Resources"]["F"]["Properties"]["Code"]["S3Bucket"] == "b"
    assert stored[found["A"]["BodyS3Location"]["Key"]] == b"openapi: 3.0.1"
    assert found["H"]["DefinitionUri"] == f"s3://b/{found['A']['BodyS3Location']['Key']}"
    assert [artifact.logical_id for artifact in made.artifacts] == ["N/F", "A", "H"]
    assert made.sources == [tmp_path / "template.json", tmp_path / "inner/t.json"]


def test_included_files(package: Any, tmp_path: Path, stored: dict[str, bytes]):
    write(tmp_path, "part.yaml", "a: 1")
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "part.yaml"}}}
    made = package({"A": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": include}}})
    location = made.template["Resources"]["A"]["Properties"]["Body"]["Fn::Transform"]["Parameters"]["Location"]
    assert location.startswith("s3://b/")
    assert list(stored.values()) == [b"a: 1"]


def test_a_path_where_nothing_is(package: Any, tmp_path: Path):
    with pytest.raises(PathMissing, match=r"F names gone, and there is no .*gone"):
        package({"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "gone"}}})
