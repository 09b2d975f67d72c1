"""What a table may hold. Each figure is a promise about memory and time and stands in a message."""

MAX_COLUMNS = 200
MAX_CELL = 5_000  # characters

MB = 1024 * 1024
MAX_TEXT = 1024 * MB  # of an unpacked text file; it is streamed, so this bounds time, not memory
MAX_UNPACKED = 200 * MB  # of all parts of a workbook together
MAX_ENTRIES = 2_000  # files inside a workbook
MAX_ENTRY_SIZE = 300  # bytes of one of them in the archive's list of contents
MAX_STRINGS = 96 * MB  # of a workbook's shared texts, which have to be held while its rows are read
MAX_XLS = 48 * MB  # its bytes are held

MAX_LINE = 8 * MB  # characters of one record before it is given up
MAX_DELIMITERS = 100_000  # in one line, before it is even parsed
MAX_CARDS = 1_000_000  # of one file of contacts
HEAD = 60  # records that are looked at to find the header
