"""Tables that people upload: CSV and its relatives, .xlsx, .xls and vCard, read safely and as a stream.

`profile` looks at the whole file once and says what it is, or refuses it with a reason;
what it cannot decide it asks. `rows` then gives every data row, or why one was left out.
Memory does not grow with the file: text and .xlsx are streamed, .xls is bounded.
"""

from .names import safe_name
from .parts import BadRow, Notice, Profile, Question, Row, Sheet, TableError, flag_texts
from .reading import profile, rows

__all__ = [
    "BadRow",
    "Notice",
    "Profile",
    "Question",
    "Row",
    "Sheet",
    "TableError",
    "flag_texts",
    "profile",
    "rows",
    "safe_name",
]
