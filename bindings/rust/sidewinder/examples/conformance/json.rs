//! As much of JSON as the scenarios need. The workspace takes no crate from outside.

#[derive(Clone, Debug)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => "",
        }
    }

    pub fn number(&self) -> f64 {
        match self {
            Json::Number(number) => *number,
            _ => 0.0,
        }
    }

    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(list) => list,
            _ => &[],
        }
    }
}

pub fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    reader.blanks();
    if reader.at == text.len() { Ok(value) } else { reader.fail("nothing more") }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, wanted: &str) -> Result<T, String> {
        Err(format!("JSON at byte {}: {wanted} was expected", self.at))
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn takes(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.takes(token) { Ok(()) } else { self.fail(token) }
    }

    fn value(&mut self) -> Result<Json, String> {
        if self.takes("{") {
            let mut fields = Vec::new();
            while !self.takes("}") {
                if !fields.is_empty() {
                    self.expect(",")?;
                }
                self.blanks();
                let name = self.string()?;
                self.expect(":")?;
                fields.push((name, self.value()?));
            }
            return Ok(Json::Object(fields));
        }
        if self.takes("[") {
            let mut list = Vec::new();
            while !self.takes("]") {
                if !list.is_empty() {
                    self.expect(",")?;
                }
                list.push(self.value()?);
            }
            return Ok(Json::List(list));
        }
        for (word, value) in [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)] {
            if self.takes(word) {
                return Ok(value);
            }
        }
        if self.rest().starts_with('"') {
            return self.string().map(Json::Text);
        }
        let length = self.rest().find(|c: char| !"+-.eE0123456789".contains(c)).unwrap_or_else(|| self.rest().len());
        let number = self.rest()[..length].parse();
        self.at += length;
        number.map(Json::Number).or_else(|_| self.fail("a value"))
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        let mut out = String::new();
        loop {
            let c = match self.rest().chars().next() {
                Some(c) => c,
                None => return self.fail("the end of a string"),
            };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => out.push(self.escape()?),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let c = self.rest().chars().next().unwrap_or(' ');
        self.at += c.len_utf8();
        match c {
            'n' => Ok('\n'),
            't' => Ok('\t'),
            'r' => Ok('\r'),
            '"' | '\\' | '/' => Ok(c),
            'u' => {
                let code = self.rest().get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
                self.at += 4;
                code.map_or_else(|| self.fail("four hex digits, no surrogate"), Ok)
            }
            _ => self.fail("an escape"),
        }
    }
}
