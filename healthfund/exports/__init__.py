"""The data as files: lists as CSV, XLSX and JSON lines, the nightly data package, and grants as 360Giving has them.

    statement.py    what every file says of itself: question, rules, time, licence, and that it is complete
    columns.py      nested documents as flat rows, whose columns follow from the serializers
    writers.py      rows in, bytes out
    answering.py    a file as the answer to a request
    snapshots.py    one state of the database for a whole file
    tables.py       the tables of the data package, each with its schema and its rows
    packaging.py    the data package, built aside and swapped whole
    threesixty.py   which claims are grants in the sense of 360Giving, and how they read there

Shared by API and pages, which know nothing of each other.
"""
