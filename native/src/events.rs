//! The events of a YAML document, from libyaml.

use std::mem::MaybeUninit;
use std::slice;

use libyaml_rs::{
    YAML_MAPPING_END_EVENT, YAML_MAPPING_START_EVENT, YAML_PLAIN_SCALAR_STYLE, YAML_SCALAR_EVENT,
    YAML_SEQUENCE_END_EVENT, YAML_SEQUENCE_START_EVENT, YAML_STREAM_END_EVENT, YAML_UTF8_ENCODING, yaml_event_delete,
    yaml_event_t, yaml_parser_delete, yaml_parser_initialize, yaml_parser_parse, yaml_parser_set_encoding,
    yaml_parser_set_input_string, yaml_parser_t,
};

/// A part of a document without tags, anchors and aliases.
pub enum Event<'a> {
    Scalar { text: &'a str, is_plain: bool },
    BeginMapping,
    BeginSequence,
    End,
}

/// The document cannot be read, or needs more than scalars, mappings and sequences.
pub struct Refused;

/// Call `take` with each event of a document and its line, counted from 0.
pub fn for_each_event(text: &str, mut take: impl FnMut(Event, u32) -> Result<(), Refused>) -> Result<(), Refused> {
    let mut parser = Parser::new(text)?;
    loop {
        let event = parser.next()?;
        let line = u32::try_from(event.0.start_mark.line).map_err(|_| Refused)?;
        match event.0.type_ {
            YAML_SCALAR_EVENT => {
                // SAFETY: the type says which member of the union is set.
                let scalar = unsafe { &event.0.data.scalar };
                if !scalar.anchor.is_null() || !scalar.tag.is_null() {
                    return Err(Refused);
                }
                let length = usize::try_from(scalar.length).map_err(|_| Refused)?;
                // SAFETY: libyaml gives the length of the value that the event owns.
                let bytes = unsafe { slice::from_raw_parts(scalar.value.cast_const(), length) };
                let text = str::from_utf8(bytes).map_err(|_| Refused)?;
                take(Event::Scalar { text, is_plain: scalar.style == YAML_PLAIN_SCALAR_STYLE }, line)?;
            }
            YAML_MAPPING_START_EVENT => {
                // SAFETY: as above.
                let start = unsafe { &event.0.data.mapping_start };
                if !start.anchor.is_null() || !start.tag.is_null() {
                    return Err(Refused);
                }
                take(Event::BeginMapping, line)?;
            }
            YAML_SEQUENCE_START_EVENT => {
                // SAFETY: as above.
                let start = unsafe { &event.0.data.sequence_start };
                if !start.anchor.is_null() || !start.tag.is_null() {
                    return Err(Refused);
                }
                take(Event::BeginSequence, line)?;
            }
            YAML_MAPPING_END_EVENT | YAML_SEQUENCE_END_EVENT => take(Event::End, line)?,
            libyaml_rs::YAML_ALIAS_EVENT => return Err(Refused),
            YAML_STREAM_END_EVENT => return Ok(()),
            _ => {}
        }
    }
}

struct Parser {
    // On the heap, because libyaml keeps pointers into it.
    inner: Box<MaybeUninit<yaml_parser_t>>,
}

impl Parser {
    fn new(text: &str) -> Result<Parser, Refused> {
        let mut inner = Box::new(MaybeUninit::<yaml_parser_t>::uninit());
        let pointer = inner.as_mut_ptr();
        // SAFETY: libyaml initializes the memory, and `text` outlives the parser in `for_each_event`.
        unsafe {
            if yaml_parser_initialize(pointer).fail {
                return Err(Refused);
            }
            yaml_parser_set_encoding(pointer, YAML_UTF8_ENCODING);
            yaml_parser_set_input_string(pointer, text.as_ptr(), text.len() as u64);
        }
        Ok(Parser { inner })
    }

    fn next(&mut self) -> Result<OwnedEvent, Refused> {
        let mut event = MaybeUninit::<yaml_event_t>::uninit();
        // SAFETY: the parser is initialized; on success so is the event.
        unsafe {
            if yaml_parser_parse(self.inner.as_mut_ptr(), event.as_mut_ptr()).fail {
                return Err(Refused);
            }
            Ok(OwnedEvent(event.assume_init()))
        }
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: `new` initialized it.
        unsafe { yaml_parser_delete(self.inner.as_mut_ptr()) }
    }
}

struct OwnedEvent(yaml_event_t);

impl Drop for OwnedEvent {
    fn drop(&mut self) {
        // SAFETY: the event was filled by libyaml and is deleted once.
        unsafe { yaml_event_delete(&mut self.0) }
    }
}
