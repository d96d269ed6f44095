//! A document as one compact array of nodes in the order of the text.

use std::collections::HashSet;

use crate::events::{Event, Refused, for_each_event};

const MERGE_KEY: &str = "<<";
const CONTAINERS: &str = "containers";
/// Up to this number of keys, comparing all pairs is faster than hashing.
const FEW_KEYS: usize = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Quoted,
    Mapping,
    Sequence,
}

/// A scalar or a collection; the keys and values of a mapping alternate.
#[derive(Clone, Copy)]
pub struct Node {
    pub kind: Kind,
    /// Counted from 0; the line of its key for the value of a mapping.
    pub line: u32,
    /// The first byte of a scalar; the number of nodes directly in a collection.
    pub start: u32,
    /// The byte after a scalar; the position of the node after a collection.
    pub end: u32,
}

pub struct Tree {
    pub nodes: Vec<Node>,
    texts: String,
    /// Whether a key `containers` has a list with entries.
    pub has_containers: bool,
}

impl Tree {
    /// Read a document; refused is what is not a plain tree with distinct keys that are certainly strings.
    pub fn read(text: &str, maximum_depth: usize) -> Result<Tree, Refused> {
        let mut reader = Reader::new(text, maximum_depth);
        for_each_event(text, |event, line| reader.take(event, line))?;
        let mut tree = reader.tree;
        tree.nodes.shrink_to_fit();
        tree.texts.shrink_to_fit();
        Ok(tree)
    }

    pub fn text(&self, position: usize) -> &str {
        let node = self.nodes[position];
        &self.texts[node.start as usize..node.end as usize]
    }

    /// The position of the node after this one and all that is in it.
    pub fn after(&self, position: usize) -> usize {
        let node = self.nodes[position];
        if matches!(node.kind, Kind::Mapping | Kind::Sequence) { node.end as usize } else { position + 1 }
    }

    /// The value of a key.
    pub fn value_of(&self, mapping: usize, key: &str) -> Option<usize> {
        let mut position = mapping + 1;
        while position < self.nodes[mapping].end as usize {
            if self.text(position) == key {
                return Some(position + 1);
            }
            position = self.after(position + 1);
        }
        None
    }

    /// The entry of a sequence.
    pub fn entry(&self, sequence: usize, index: usize) -> Option<usize> {
        if index >= self.nodes[sequence].start as usize {
            return None;
        }
        Some((0..index).fold(sequence + 1, |position, _| self.after(position)))
    }

    /// The text of a key of the document whose value is certainly a string.
    pub fn string_at_top(&self, key: &str) -> Option<&str> {
        if self.nodes.first()?.kind != Kind::Mapping {
            return None;
        }
        let position = self.value_of(0, key)?;
        let node = self.nodes[position];
        let is_string = match node.kind {
            Kind::Quoted => true,
            Kind::Plain => is_certainly_string(self.text(position)),
            _ => false,
        };
        is_string.then(|| self.text(position))
    }
}

/// Whether a plain scalar is a string, whatever the rules for numbers and words.
pub fn is_certainly_string(text: &str) -> bool {
    let Some(&first) = text.as_bytes().first() else { return false };
    match first {
        b'~' | b'.' | b'+' | b'-' => false,
        b'0'..=b'9' => text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'x' | b'X' | b'o' | b'O' | b'_' | b'.' | b'+' | b'-')),
        // The longest word with a meaning of its own is `false`.
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => text.len() > 5 || !is_word(text),
        _ => true,
    }
}

fn is_word(text: &str) -> bool {
    ["y", "yes", "true", "on", "n", "no", "false", "off", "null"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

struct Reader {
    tree: Tree,
    maximum_depth: usize,
    open: Vec<Open>,
}

struct Open {
    position: usize,
    /// The line of the key whose value comes next.
    key_line: Option<u32>,
}

impl Reader {
    fn new(text: &str, maximum_depth: usize) -> Reader {
        let tree = Tree {
            nodes: Vec::with_capacity(text.len() / 12 + 8),
            texts: String::with_capacity(text.len()),
            has_containers: false,
        };
        Reader { tree, maximum_depth, open: Vec::new() }
    }

    fn take(&mut self, event: Event, line: u32) -> Result<(), Refused> {
        match event {
            Event::Scalar { text, is_plain } => self.scalar(text, is_plain, line),
            Event::BeginMapping => self.begin(Kind::Mapping, line),
            Event::BeginSequence => self.begin(Kind::Sequence, line),
            Event::End => self.end(),
        }
    }

    fn scalar(&mut self, text: &str, is_plain: bool, line: u32) -> Result<(), Refused> {
        let start = offset(self.tree.texts.len())?;
        self.tree.texts.push_str(text);
        let end = offset(self.tree.texts.len())?;
        let kind = if is_plain { Kind::Plain } else { Kind::Quoted };
        if self.expects_key() {
            if is_plain && (text == MERGE_KEY || !is_certainly_string(text)) {
                return Err(Refused);
            }
            let open = self.open.last_mut().ok_or(Refused)?;
            open.key_line = Some(line);
            self.tree.nodes.push(Node { kind, line, start, end });
            return Ok(());
        }
        let line = self.place(line)?;
        self.tree.nodes.push(Node { kind, line, start, end });
        Ok(())
    }

    fn begin(&mut self, kind: Kind, line: u32) -> Result<(), Refused> {
        if self.open.len() >= self.maximum_depth || self.expects_key() {
            return Err(Refused);
        }
        let line = self.place(line)?;
        self.open.push(Open { position: self.tree.nodes.len(), key_line: None });
        self.tree.nodes.push(Node { kind, line, start: 0, end: 0 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refused> {
        let position = self.open.pop().ok_or(Refused)?.position;
        self.tree.nodes[position].end = offset(self.tree.nodes.len())?;
        match self.tree.nodes[position].kind {
            Kind::Mapping => self.refuse_repeated_keys(position),
            _ => {
                let follows_key = self.open.last().is_some_and(|open| open.key_line.is_none() && self.is_mapping(open));
                if follows_key && self.tree.nodes[position].start > 0 && self.tree.text(position - 1) == CONTAINERS {
                    self.tree.has_containers = true;
                }
                Ok(())
            }
        }
    }

    fn is_mapping(&self, open: &Open) -> bool {
        self.tree.nodes[open.position].kind == Kind::Mapping
    }

    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.key_line.is_none() && self.is_mapping(open))
    }

    /// Count a value in its collection; its line is that of its key in a mapping.
    fn place(&mut self, line: u32) -> Result<u32, Refused> {
        let Some(open) = self.open.last_mut() else {
            // A second document without three dashes before it.
            return if self.tree.nodes.is_empty() { Ok(line) } else { Err(Refused) };
        };
        self.tree.nodes[open.position].start += 1;
        Ok(open.key_line.take().unwrap_or(line))
    }

    fn refuse_repeated_keys(&self, mapping: usize) -> Result<(), Refused> {
        let tree = &self.tree;
        let mut position = mapping + 1;
        let mut keys: Vec<&str> = Vec::with_capacity(tree.nodes[mapping].start as usize);
        while position < tree.nodes[mapping].end as usize {
            keys.push(tree.text(position));
            position = tree.after(position + 1);
        }
        let is_repeated = if keys.len() <= FEW_KEYS {
            keys.iter().enumerate().any(|(index, key)| keys[..index].contains(key))
        } else {
            let mut seen = HashSet::with_capacity(keys.len());
            !keys.into_iter().all(|key| seen.insert(key))
        };
        if is_repeated { Err(Refused) } else { Ok(()) }
    }
}

fn offset(value: usize) -> Result<u32, Refused> {
    u32::try_from(value).map_err(|_| Refused)
}
