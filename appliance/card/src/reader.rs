//! Reads one of the card's own sections key by key, and keeps every mistake in it.
//!
//! What must always hold: what cannot be read is nothing, never a guess; every key that nobody
//! asked for is a mistake.

use office::{Kind, Mistake, Places, Sort, is_secret};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One section that is being read.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    section: &'static str,
    table: DeTable<'a>,
    places: Places<'a>,
    asked: Vec<&'static str>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    /// Of the text in which this section stands alone; nothing when there is none.
    ///
    /// # Errors
    /// The one mistake by which nothing of it can be read.
    pub(crate) fn of(section: &'static str, text: &'a str) -> Result<Option<Self>, Mistake> {
        let places = Places::of(text);
        let root = match DeTable::parse(text) {
            Ok(root) => root.into_inner(),
            Err(bad) => {
                let line = bad.span().map_or(0, |span| places.line_at(span.start));
                let kind = office::kind_of_form(places.text(line), bad.message());
                return Err(Mistake { line, key: places.key(line), kind });
            }
        };
        let Some((name, value)) = root.into_iter().next() else { return Ok(None) };
        let line = places.line_at(value.span().start);
        if name.get_ref() != section {
            let kind = Kind::UnknownSection { found: name.get_ref().to_string(), allowed: vec![section.to_owned()] };
            return Err(Mistake { line, key: name.get_ref().to_string(), kind });
        }
        let DeValue::Table(table) = value.into_inner() else {
            let kind = Kind::WrongSort { expected: Sort::Section };
            return Err(Mistake { line, key: section.to_owned(), kind });
        };
        Ok(Some(Self { section, table, places, asked: Vec::new(), mistakes: Vec::new() }))
    }

    /// Whether the section has this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// A text, as `right` understands it.
    pub(crate) fn text<T>(&mut self, key: &'static str, right: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.value(key)?;
        let (line, found) = (self.line(&value), value.get_ref().as_str().map(str::to_owned));
        match found {
            None => self.wrong_sort(key, line, Sort::Text),
            Some(found) => self.judged(key, line, &found, right(&found)),
        }
    }

    /// A list of texts, each as `right` understands it.
    pub(crate) fn texts<T>(&mut self, key: &'static str, right: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            let line = self.line(&value);
            self.wrong_sort::<T>(key, line, Sort::List);
            return Vec::new();
        };
        let mut read = Vec::new();
        for one in list.iter() {
            let line = self.line(one);
            read.extend(match one.get_ref().as_str() {
                None => self.wrong_sort(key, line, Sort::Text),
                Some(found) => self.judged(key, line, found, right(found)),
            });
        }
        read
    }

    /// A whole number, as `right` understands it.
    pub(crate) fn number<T>(&mut self, key: &'static str, right: impl Fn(u32) -> Option<T>) -> Option<T> {
        let value = self.value(key)?;
        let line = self.line(&value);
        let Some(number) = value.get_ref().as_integer().map(|number| number.as_str().to_owned()) else {
            return self.wrong_sort(key, line, Sort::Number);
        };
        let right = number.parse().ok().and_then(right);
        self.judged(key, line, &number, right)
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let value = self.value(key)?;
        let line = self.line(&value);
        let Some(found) = value.get_ref().as_str().map(str::to_owned) else {
            return self.wrong_sort(key, line, Sort::Text);
        };
        let word = words.iter().find(|(word, _)| *word == found).map(|(_, meaning)| *meaning);
        if word.is_none() {
            let allowed = words.iter().map(|(word, _)| (*word).to_owned()).collect();
            self.complain(key, line, Kind::UnknownWord { found, allowed });
        }
        word
    }

    /// Complains about a key that was read.
    pub(crate) fn object(&mut self, key: &str, kind: Kind) {
        let head = self.table.values().next().map_or(0, |value| self.line(value));
        let line = self.table.get(key).map_or(head, |value| self.line(value));
        self.complain(key, line, kind);
    }

    /// Every mistake, also about keys that nobody asked for.
    pub(crate) fn finish(mut self) -> Vec<Mistake> {
        let allowed: Vec<String> = self.asked.iter().map(|key| (*key).to_owned()).collect();
        let unknown = self.table.iter().filter(|(key, _)| !self.asked.iter().any(|asked| asked == key.get_ref()));
        let unknown: Vec<(usize, String)> =
            unknown.map(|(key, _)| (self.places.line_at(key.span().start), key.get_ref().to_string())).collect();
        for (line, found) in unknown {
            self.complain(&found, line, Kind::UnknownKey { found: found.clone(), allowed: allowed.clone() });
        }
        self.mistakes
    }

    fn value(&mut self, key: &'static str) -> Option<Spanned<DeValue<'a>>> {
        self.asked.push(key);
        self.table.get(key).cloned()
    }

    fn judged<T>(&mut self, key: &str, line: usize, found: &str, right: Option<T>) -> Option<T> {
        if right.is_none() {
            let (empty, secret) = (found.trim().is_empty(), is_secret(key));
            let found = if secret { String::new() } else { found.to_owned() };
            let kind = if empty { Kind::Empty } else { Kind::NotAllowed { found, detail: String::new() } };
            self.complain(key, line, kind);
        }
        right
    }

    fn wrong_sort<T>(&mut self, key: &str, line: usize, expected: Sort) -> Option<T> {
        self.complain(key, line, Kind::WrongSort { expected });
        None
    }

    fn complain(&mut self, key: &str, line: usize, kind: Kind) {
        self.mistakes.push(Mistake { line, key: format!("{}.{key}", self.section), kind });
    }

    fn line(&self, value: &Spanned<DeValue<'_>>) -> usize {
        self.places.line_at(value.span().start)
    }
}
