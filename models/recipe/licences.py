"""Which licences the recipe accepts, and how it reads them from a package."""
import fnmatch
import json
import re

# Short names as they stand in Debian's machine-readable copyright files or in package.json, lower case.
PERMISSIVE = re.compile(
    r"^(mit|expat|x11|bsd|0bsd|freebsd|apache|asl|isc|zlib|libpng|png|bsl|boost|unlicense|public-?domain|pd\b|psf|python|"
    r"cc0|wtfpl|ncsa|uoi-ncsa|postgresql|curl|hpnd|ftl|tcl|icu|unicode|openldap|ssleay|openssl|libtiff|ijg|"
    r"lua|miros|ntp|w3c|permissive|blueoak|upl|mit-0|fsfap|fsfullr|fsful|all-permissive|historical|cmu|sgi|dec|hp\b|"
    r"llvm|apl-?2|sqlite|blessing|beopen|cnri|matplotlib|numpy|jquery|go\b|google)")
COPYLEFT_TEXT = re.compile(
    r"GNU (Lesser |Library |Affero )?General Public|\b[AL]?GPL|GNU GPL|Mozilla Public License|\bMPL[- ]?[12]|"
    r"Common Development and Distribution|\bCDDL|Eclipse Public|\bEPL-|Creative Commons|\bCC[- ]BY|"
    r"Server Side Public|Business Source License|Commons Clause|PROPRIETARY|confidential|Artistic License|"
    r"Common Public License|\bEUPL|\bOSL-|Open Software License|Elastic License", re.I)
PERMISSIVE_TEXT = re.compile(
    r"Permission is hereby granted|Permission to use, copy, modify|Redistribution and use in source and binary|"
    r"Apache License|public domain|Boost Software License|provided 'as-is'|PostgreSQL License|PYTHON SOFTWARE FOUNDATION", re.I)


def permissive(expression):
    """True if a licence expression can be met by permissive licences alone."""
    text = expression.strip().lower().replace("(", " ").replace(")", " ")
    if not text:
        return False
    for alternative in re.split(r"\s+or\s+|\s*\|\|?\s*", text):
        alternative = re.sub(r"\s+with\s+[\w.+-]+(\s+exception)?", "", alternative)
        terms = [t for t in re.split(r"\s+and/or\s+|\s+and\s+|\s*,\s*|\s+", alternative) if t not in ("", "license", "style", "licence")]
        if terms and all(PERMISSIVE.match(t) for t in terms):
            return True
    return False


class DebianCopyright:
    """A debian/copyright file. ok(path) says whether a file may be used."""

    def __init__(self, text):
        self.licence = "?"
        self.stanzas = []
        self.machine_readable = "Files:" in text and re.search(r"^Format", text, re.M) is not None
        if self.machine_readable:
            self._read_stanzas(text)
        else:
            self._read_prose(text)

    def _read_stanzas(self, text):
        for paragraph in re.split(r"\n\s*\n", text):
            files = re.search(r"^Files:((?:.*\n?)(?:[ \t].*\n?)*)", paragraph, re.M)
            licence = re.search(r"^Licen[sc]e:[ \t]*(.*)$", paragraph, re.M)
            if not files:
                continue
            patterns = files.group(1).replace(",", " ").split()
            name = licence.group(1).strip() if licence else ""
            if all(p.startswith("debian/") for p in patterns):
                continue
            if "*" in patterns:
                self.licence = name
            pattern = "|".join(fnmatch.translate(p[2:] if p.startswith("./") else p) for p in patterns)
            self.stanzas.append((re.compile(pattern), permissive(name)))
        self.stanzas.reverse()

    def _read_prose(self, text):
        # Prose: keep the part above the packaging's own licence; any copyleft word makes the whole package unusable.
        body = re.split(r"(?i)the debian packaging|packaging (is|was) |debian/\*|files in debian", text)[0]
        if COPYLEFT_TEXT.search(body) or not PERMISSIVE_TEXT.search(body):
            self.licence = "prose: not accepted"
            return
        self.licence = "prose: permissive"
        self.stanzas = [(re.compile(""), True)]

    def ok(self, path):
        for pattern, good in self.stanzas:
            if pattern.match(path):
                return good
        return False


class NpmLicence:
    """package.json's licence field, checked against the LICENSE text when there is one."""

    def __init__(self, package_json, licence_text):
        try:
            field = json.loads(package_json).get("license", "")
        except ValueError:
            field = ""
        if isinstance(field, dict):
            field = field.get("type", "")
        self.licence = str(field)
        self.good = permissive(self.licence)
        if licence_text and (COPYLEFT_TEXT.search(licence_text[:4000]) or not PERMISSIVE_TEXT.search(licence_text)):
            if not re.search(r"\bMIT\b|\bBSD\b|\bISC\b|Apache", licence_text[:2000]) or COPYLEFT_TEXT.search(licence_text[:4000]):
                self.good = False

    def ok(self, path):
        return self.good
