"""Files that are too large to wait for: ordered by a form, written by a worker, and there for a day.

    models.py     what an order is, and who has it in hand
    writing.py    the file, by the API's own list
    tasks.py      Celery's ways in
    views.py      the form's address, the status page, and the file

Above pages and API alike: an order is asked for from a page, and is what the API gives for the same question.
"""
