"""The sentences about a table, by code. A row's number stands beside its message, not in it."""

from django.utils.translation import gettext_lazy as _

FILE = {
    "empty": _("The file is empty."),
    "no_header": _("The file has no header: its first row has only blank cells."),
    "no_rows": _("The file has a header but no data rows."),
    "too_many_columns": _("Too many columns (%(count)s, at most %(limit)s)."),
    "duplicate_header": _("The column “%(column)s” is used twice (columns %(positions)s). Rename one of them."),
    "open_quote": _("The quote opened in row %(row)s is never closed."),
    "line_too_long": _("Row %(row)s is longer than %(limit)s characters."),
    "looks_like": _("Not CSV: the file looks like %(kind)s."),
    "binary": _("Not CSV: the file is not text."),
    "unknown_encoding": _("The encoding “%(encoding)s” is not known. Choose one of: %(choices)s."),
    "unknown_delimiter": _("“%(delimiter)s” cannot separate columns. Choose one of: %(choices)s."),
    "damaged": _("The file is damaged or was cut off."),
    "too_big": _("The unpacked size is more than %(limit)s MB. Save the table as CSV or split it."),
    "too_many_entries": _("The archive holds too many files (at most %(limit)s)."),
    "archive": _("The file is a ZIP archive, not a workbook. Unpack it and choose the table inside."),
    "dtd": _("The workbook's XML declares a document type, which no spreadsheet program writes. It was not opened."),
    "strange_xml": _("The workbook's XML is not what a spreadsheet program writes. It was not opened."),
    "macros": _("The workbook contains macros. Save it as .xlsx without macros or as CSV."),
    "external_links": _("The workbook has links to other files. Break the links or save it as CSV."),
    "password": _("The workbook is protected by a password. Save it without one."),
    "hidden_only": _("All sheets of the workbook are hidden."),
    "no_cards": _("There is no contact card in the file."),
    "too_many_cards": _("More than %(limit)s contact cards. Split the file."),
    "no_sheet": _("There is no sheet “%(sheet)s”. The workbook has: %(sheets)s."),
}

ROW = {
    "not_encoded": _("byte %(byte)s: not %(encoding)s"),
    "nul": _("NUL"),
    "damaged": _("already damaged: a character was lost before this file was made"),
    "too_long": _("%(length)s > %(limit)s characters"),
    "ragged": _("%(count)s cells instead of %(expected)s"),
    "ragged_span": _("%(count)s cells instead of %(expected)s, in lines %(first)s to %(last)s"),
    "quote": _("a quote inside a quoted cell is not doubled"),
    "quote_span": _("a quote was not closed, lines %(first)s to %(last)s could not be told apart"),
    "header_again": _("the header again"),
    "card_open": _("the card is not closed: END:VCARD is missing"),
    "card_long": _("the card is too long"),
    "card_empty": _("the card has neither name nor phone, e-mail or company"),
    "formula": _("a formula without its value: open the file in Excel, save it and choose it again"),
}

IN_ROW = _("row %(row)s, %(message)s")
IN_CELL = _("row %(row)s, column %(column)s: %(message)s")

NOTICE = {
    "preamble": _("Rows 1 to %(last)s stand above the header and are left out."),
    "header_is_data": _("The first row looks like data (“%(cell)s”). A table needs a header."),
    "broken_rows": _("Some rows are not %(encoding)s and will be rejected."),
    "hidden_sheets": _("Hidden sheets are left out: %(sheets)s."),
    "empty_sheets": _("Sheets without data are left out: %(sheets)s."),
    "unreadable_sheet": _("Sheet “%(sheet)s” is left out: %(reason)s"),
    "merged_cells": _("Sheet “%(sheet)s” has merged cells: only the first cell of each keeps its value."),
    "text_named_xls": _("The file is named like a workbook but is text; it is read as text."),
}

QUESTION = {
    "encoding": _("Encoding not recognised for certain; choose the one in which the preview reads well."),
    "delimiter": _("The columns are not separated in one way; choose what separates them."),
}

FLAG = {
    "invisible": _("invisible characters were removed"),
    "damaged": _("already damaged: it contains the replacement character"),
    "card_line": _("lines that are no part of a contact card were left out"),
    "beyond_header": _("cells to the right of the header were left out"),
}

KIND = {
    "xls": _("an Excel workbook (.xls)"),
    "xlsx": _("an Excel workbook (.xlsx)"),
    "xlsb": _("a binary Excel workbook (.xlsb)"),
    "ods": _("an OpenDocument spreadsheet (.ods)"),
    "docx": _("a Word document"),
    "pptx": _("a PowerPoint presentation"),
    "ole": _("a Microsoft Office document"),
    "zip": _("a ZIP archive"),
    "exe": _("a program"),
    "pdf": _("a PDF document"),
    "image": _("a picture"),
    "archive": _("an archive"),
    "html": _("a web page"),
    "xml": _("an XML document"),
    "json": _("JSON"),
    "database": _("a database"),
    "parquet": _("a Parquet file"),
}
