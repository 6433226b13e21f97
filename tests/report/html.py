"""Reading a page back: well-formedness, sections, tables."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "source"}


class Page(HTMLParser):
    """Parses strictly: every element is closed in order, ids are unique; collects what tests ask for."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, dict]] = []
        self.ids: set[str] = set()
        self.references: list[tuple[str, str, str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.absent: dict[str, str] = {}
        self.sections: list[str] = []
        self.pictures: list[str] = []
        self.text = ""
        self._table = ""
        self.feed(text)
        self.close()
        assert not self.stack, f"never closed: {self.stack}"

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        assert len(values) == len(attrs), f"an attribute twice in <{tag}>"
        if "id" in values:
            assert values["id"] not in self.ids, f"id {values['id']} twice"
            self.ids.add(values["id"])
        for name, value in values.items():
            if name in ("src", "href", "xlink:href", "srcset", "data", "action", "poster", "style"):
                self.references.append((tag, name, value or ""))
        if tag == "section":
            self.sections.append(values["id"])
        if tag == "svg":
            assert values["role"] == "img"
            self.pictures.append(values["aria-label"])
        if tag == "div" and values.get("class") == "scroll":
            self._table = values["aria-label"]
            self.tables[self._table] = []
        if tag == "tr":
            self.tables[self._table].append([])
        if tag in ("td", "th"):
            self.tables[self._table][-1].append("")
        if tag not in VOID:
            self.stack.append((tag, values))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1][0] == tag, f"</{tag}> closes {self.stack[-1:]}"
        self.stack.pop()

    def handle_data(self, data):
        tags = [tag for tag, _ in self.stack]
        if "style" in tags:
            return
        self.text += data
        if tags and tags[-1] in ("td", "th"):
            self.tables[self._table][-1][-1] += data
        if tags and tags[-1] == "p" and self.stack[-1][1].get("class") == "missing":
            name = self.sections[-1]
            self.absent[name] = self.absent.get(name, "") + data

    def column(self, table: str, label: str) -> list[str]:
        head, *rows = self.tables[table]
        place = head.index(label)
        return [row[place] for row in rows]
