"""The database: private, waiting for its turn, of one test; SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import private_postgres
from small_test import write_small_test
from sqlalchemy import select, text, update
from walking import Walker, join_by, new_invite, small_app

from codecbench.errors import ListeningTestError, UsageError
from codecbench.listening_test.app import create_app
from codecbench.listening_test.database import default_address, open_database
from codecbench.listening_test.frozen_design import design_row
from codecbench.listening_test.records import load_ratings
from codecbench.listening_test.schema import RATERS, RATINGS, TEST
from codecbench.listening_test.served import open_served
from codecbench.listening_test.test_file import content_hash, path_of, to_json


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with private_postgres() as address:
        yield address


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres


def test_sqlite_is_set_up_for_many_at_once(tmp_path: Path) -> None:
    test = write_small_test(tmp_path, duration_s=0.01)
    with (
        open_database(default_address(tmp_path), test) as database,
        database.reading() as connection,
    ):
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "secure_delete")
        }
    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "busy_timeout": 20_000,
        "secure_delete": 1,
    }


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        Walker.begin(app, served)
        files = list(tmp_path.glob("ratings.sqlite*"))
        assert len(files) == 3  # the write-ahead log and its index too
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    test = write_small_test(tmp_path, duration_s=0.01)
    with open_database(default_address(tmp_path), test) as database:
        failed: list[Exception] = []

        def count_up() -> None:
            try:
                for _ in range(20):
                    with database.writing() as connection:
                        name = connection.execute(select(TEST.c.name)).scalar_one()
                        connection.execute(update(TEST).values(name=f"{name}+"))
            except Exception as error:
                failed.append(error)

        threads = [threading.Thread(target=count_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        with database.reading() as connection:
            assert design_row(connection).name == "small" + "+" * 80


def test_an_error_undoes_the_transaction(tmp_path: Path) -> None:
    test = write_small_test(tmp_path, duration_s=0.01)
    with open_database(default_address(tmp_path), test) as database:
        with pytest.raises(ValueError, match="on the way"), database.writing() as connection:  # noqa: PT012
            connection.execute(update(TEST).values(closed=True))
            raise ValueError("on the way")
        with database.reading() as connection:
            assert not design_row(connection).closed


def test_the_design_is_frozen_with_the_first_rater(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        with served.database.reading() as connection:
            assert design_row(connection).test_hash is None
        changed = replace(served.test, title="Another title")
        path_of(tmp_path).write_text(to_json(changed))
        with open_served(tmp_path):  # nobody has begun: it may be changed
            pass
        Walker.begin(app, served)
        with served.database.reading() as connection:
            row = design_row(connection)
    assert row.test_hash == content_hash(served.test)
    assert row.design is not None
    assert row.design["title"] == "A small test"
    with (
        pytest.raises(ListeningTestError, match="was changed after the first rater began"),
        open_served(tmp_path),
    ):
        pass
    path_of(tmp_path).write_text(json.dumps(json.loads(to_json(served.test))))
    with open_served(tmp_path):  # white space is no change
        pass


def test_a_rater_cannot_begin_a_test_that_was_changed_meanwhile(tmp_path: Path) -> None:
    with small_app(tmp_path, duration_s=0.01) as (served, app):
        other = replace(served, test=replace(served.test, title="Another"))
        Walker.begin(app, served)
        late = create_app(other).test_client()
        assert join_by(late, new_invite(served)).status_code == 500


def test_addresses_that_cannot_be_meant(tmp_path: Path) -> None:
    test = write_small_test(tmp_path, duration_s=0.01)
    for address, said in (
        ("nonsense", "looks like sqlite:///"),
        ("mysql://host/x", "not in mysql"),
        ("sqlite://", "kept in a file"),
    ):
        with pytest.raises(UsageError, match=said), open_database(address, test):
            pass


def test_no_ratings_no_other_test_no_newer_version(tmp_path: Path) -> None:
    test = write_small_test(tmp_path, duration_s=0.01)
    address = default_address(tmp_path)
    with pytest.raises(ListeningTestError, match="there are no ratings at"):
        load_ratings(tmp_path)
    with open_database(address, test) as database, database.writing() as connection:
        pass
    with (
        pytest.raises(ListeningTestError, match="holds the test small, not other"),
        open_database(address, replace(test, name="other")),
    ):
        pass
    with open_database(address) as database, database.writing() as connection:
        connection.execute(update(TEST).values(schema_version=99))
    with pytest.raises(ListeningTestError, match="newer codecbench"), open_database(address):
        pass
    (tmp_path / "ratings.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(ListeningTestError, match="not a database"), open_database(address):
        pass


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    test = write_small_test(tmp_path, duration_s=0.01)
    address = f"postgresql://me:secret-word@/x?host={tmp_path}"
    with pytest.raises(ListeningTestError) as caught, open_database(address, test):
        pass
    assert "secret-word" not in str(caught.value)


def test_postgresql_from_the_first_page_to_the_last(tmp_path: Path, empty_postgres: str) -> None:
    with small_app(tmp_path, empty_postgres, duration_s=0.01) as (served, app):
        walkers = [Walker.begin(app, served) for _ in range(3)]
        for walker in walkers:
            walker.finish(70)
        with served.database.reading() as connection:
            assert len(connection.execute(select(RATERS)).all()) == 3
    with open_served(tmp_path, empty_postgres) as served, served.database.reading() as connection:
        assert set(connection.execute(select(RATINGS.c.score)).scalars()) == {70}
    frame = load_ratings(empty_postgres)
    assert len(frame) == 3 * 4 * 5


def test_postgresql_raters_who_join_at_once(tmp_path: Path, empty_postgres: str) -> None:
    with small_app(tmp_path, empty_postgres, duration_s=0.01) as (served, app):
        failed: list[BaseException] = []

        def begin() -> None:
            try:
                Walker.begin(app, served).walk_to("trial", training=True)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=begin) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        with served.database.reading() as connection:
            names = list(connection.execute(select(RATERS.c.name).order_by(RATERS.c.id)).scalars())
    assert names == [f"R{n:04d}" for n in range(1, 7)]


def test_a_test_whose_name_is_no_part_of_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "what? 100% #1"
    folder.mkdir()
    with open_database(default_address(folder), write_small_test(folder, duration_s=0.01)):
        pass
    assert (folder / "ratings.sqlite").is_file()
    with pytest.raises(UsageError, match=r"rename the folder, or give --database"):
        default_address(tmp_path / os.fsdecode(b"caf\xe9"))
