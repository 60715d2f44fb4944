"""The row of files under a list or a table."""

import html
import re

from django.template import Context, Template


def row(arguments, **context):
    text = Template(f"{{% load files %}}{{% files {arguments} %}}").render(Context(context))
    return {label: html.unescape(href) for href, label in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', text)}


def test_a_list_has_its_files_by_the_pages_own_question():
    links = row('"announcements" query', query="?theme=ai&q=&not_theme=digital&after=2020-01-01-nothing")
    assert links == {
        "CSV": "/api/v1/announcements/?theme=ai&not_theme=digital&format=csv",
        "Excel": "/api/v1/announcements/?theme=ai&not_theme=digital&format=xlsx",
        "JSON lines": "/api/v1/announcements/?theme=ai&not_theme=digital&format=jsonl",
        "JSON": "/api/v1/announcements/?theme=ai&not_theme=digital",
    }


def test_a_list_of_everything_and_its_feed():
    links = row('"targets" feed="/promises/feed.atom"')
    assert links["JSON"] == "/api/v1/targets/"
    assert links["CSV"] == "/api/v1/targets/?format=csv"
    assert links["Atom feed"] == "/promises/feed.atom"


def test_what_is_too_large_to_wait_for_is_ordered():
    text = Template('{% load files %}{% files "entries" "?theme=ai" rows=1001 %}').render(Context())
    assert '<form class="tools files" method="post" action="/files/">' in text
    assert '<input type="hidden" name="query" value="theme=ai">' in text
    assert re.findall(r'name="format" value="(\w+)"', text) == ["xlsx"]
    assert row('"entries" "theme=ai" rows=1001')["CSV"] == "/api/v1/entries/?theme=ai&format=csv"
    assert "<form" not in Template('{% load files %}{% files "entries" rows=1000 %}').render(Context())
