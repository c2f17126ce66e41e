"""What came of a check, told in each of its forms: outcomes in, text out.

words.py     figures, promises and troubles in words
table.py     for people: a verdict for each promise, and a line that counts
live.py      while it goes on, on stderr
records.py   as JSON, for machines
junit.py     as the XML that CI services read
github.py    as annotations, for GitHub Actions
summary.py   as the summary in Markdown of a step of GitHub Actions
"""
