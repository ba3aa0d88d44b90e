//! Queries and forms: pairs of names and values, as browsers write them.
//!
//! What must always hold: any bytes at all can be read; nothing here panics or grows beyond
//! what came in. Text that is not UTF-8 becomes visible replacement characters.

use std::fmt::Write as _;

/// The most pairs that are read; our largest form has 20.
const MAX_PAIRS: usize = 64;

/// Names and values in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads `a=1&b=2` with `+` and `%41`.
    pub(crate) fn read(text: &[u8]) -> Self {
        let parts = text.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
        Self(parts.take(MAX_PAIRS).map(pair).collect())
    }

    /// The first value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The same with one more pair.
    pub(crate) fn with(&self, name: &str, value: impl ToString) -> Self {
        let mut pairs = self.clone();
        pairs.0.push((name.to_owned(), value.to_string()));
        pairs
    }

    /// The same without a name.
    pub(crate) fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(n, _)| n != name).cloned().collect())
    }
}

/// An address of a path that is safe already and a query that need not be.
pub(crate) fn encode(path: &str, query: &Pairs) -> String {
    let mut address = path.to_owned();
    for (place, (name, value)) in query.0.iter().enumerate() {
        address.push(if place == 0 { '?' } else { '&' });
        escape(name, &mut address);
        address.push('=');
        escape(value, &mut address);
    }
    address
}

fn pair(part: &[u8]) -> (String, String) {
    let mut halves = part.splitn(2, |byte| *byte == b'=');
    let mut next = || unescape(halves.next().unwrap_or_default());
    (next(), next())
}

fn escape(text: &str, to: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            to.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _infallible = write!(to, "%{byte:02X}");
        }
    }
}

fn unescape(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        let (value, next) = match (byte, after) {
            (b'+', _) => (b' ', after),
            (b'%', [high, low, next @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, next),
                (Some(_) | None, Some(_) | None) => (b'%', after),
            },
            (other, _) => (*other, after),
        };
        out.push(value);
        rest = next;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_read_as_a_browser_writes_it() {
        let pairs = Pairs::read(b"name=Erika+M%C3%BCller&service=1&service=2&empty=&=odd&alone");
        assert_eq!(pairs.get("name"), Some("Erika Müller"));
        assert_eq!(pairs.all("service").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((pairs.get("empty"), pairs.get("alone"), pairs.get("none")), (Some(""), Some(""), None));
    }

    #[test]
    fn broken_escapes_stay_as_they_are() {
        assert_eq!(Pairs::read(b"a=100%&b=%zz&c=%f").get("a"), Some("100%"));
        assert_eq!(Pairs::read(b"b=%zz").get("b"), Some("%zz"));
        assert_eq!(Pairs::read(b"b=%ff").get("b"), Some("\u{fffd}"));
    }

    #[test]
    fn more_pairs_than_any_form_has_are_not_read() {
        let many = "a=1&".repeat(10_000);
        assert_eq!(Pairs::read(many.as_bytes()).0.len(), MAX_PAIRS);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(name in ".{0,20}", value in ".{0,40}") {
            let pairs = Pairs::default().with(&name, &value);
            let address = encode("/a", &pairs);
            let query = address.strip_prefix("/a?").expect("a query");
            prop_assert!(query.is_ascii());
            prop_assert_eq!(Pairs::read(query.as_bytes()), pairs);
        }

        #[test]
        fn no_bytes_at_all_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _pairs = Pairs::read(&bytes);
        }
    }
}
