"""Splink's published example for historical_50k on a file of its rows: `python splink_historical.py ROWS OUT`.

Runs alone, with a Python that has Splink 5, and writes the scored pairs (l, r, bits) to the parquet file OUT; l and r
count ROWS' rows from 0. Comparisons, blocking rules and training are those of Splink's documentation, "Linking a
dataset of real historical persons": https://moj-analytical-services.github.io/splink/demos/examples/duckdb/
"""

import sys

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

PREDICT = (
    ("substr(first_name,1,3)", "substr(surname,1,4)"),
    ("surname", "dob"),
    ("first_name", "dob"),
    ("postcode_fake", "first_name"),
    ("postcode_fake", "surname"),
    ("dob", "birth_place"),
    ("substr(postcode_fake,1,3)", "dob"),
    ("substr(postcode_fake,1,3)", "first_name"),
    ("substr(postcode_fake,1,3)", "surname"),
    ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
)
CERTAIN = (
    ("first_name", "surname", "dob"),
    ("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
    ("dob", "postcode_fake"),
)
FOUND_BY_CERTAIN = 0.6


def scored(rows: str, out: str) -> None:
    con = duckdb.connect()
    con.execute(
        f"""CREATE TABLE people AS
            SELECT * REPLACE (row_number() OVER () - 1 AS unique_id),
                   first_name || ' ' || surname AS first_name_surname_concat
            FROM '{rows}'"""
    )
    con.execute('CREATE TABLE people AS SELECT * FROM "table"')
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in PREDICT],
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )
    linker = Linker(DuckDBAPI(connection=con).register(con.table("people")), settings)
    train = linker.training
    train.estimate_probability_two_random_records_match([block_on(*rule) for rule in CERTAIN], recall=FOUND_BY_CERTAIN)
    train.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    for rule in (("first_name", "surname"), ("dob",)):
        train.estimate_parameters_using_expectation_maximisation(
            block_on(*rule), estimate_without_term_frequencies=True
        )
    found = linker.inference.predict().as_duckdbpyrelation()
    found.project("unique_id_l::INTEGER AS l, unique_id_r::INTEGER AS r, match_weight AS bits").write_parquet(out)


if __name__ == "__main__":
    scored(*sys.argv[1:])
