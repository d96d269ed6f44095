//! Reads the properties of a resource: a serialized `google.protobuf.Struct`, which the Python package of protobuf can
//! only read one value at a time.
//!
//! What Pulumi marks as unknown or secret is left to the Python code, which alone knows the markers' meaning.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyFrozenSet, PyList, PyString};

use crate::strings::Strings;

/// The lengths of all markers; only strings of these lengths are compared with them.
const MARKER_LENGTHS: [usize; 2] = [32, 36];

/// Floats below this limit are integers if they have no fraction; larger ones are left to Python.
const LARGEST_INTEGER: f64 = 9_007_199_254_740_992.0;

/// The deepest nesting that is read; protobuf itself has a limit of 100 messages.
const DEEPEST: usize = 100;

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;

/// Why a message is not read here: it is left to Python, or a Python function failed.
pub enum Unread {
    Left,
    Failed(PyErr),
}

impl From<PyErr> for Unread {
    fn from(error: PyErr) -> Self {
        Unread::Failed(error)
    }
}

/// A message or a part of it.
struct Message<'a> {
    data: &'a [u8],
}

impl<'a> Message<'a> {
    fn next(&mut self) -> Result<Option<(u64, u64)>, Unread> {
        if self.data.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        Ok(Some((tag >> 3, tag & 7)))
    }

    fn varint(&mut self) -> Result<u64, Unread> {
        let mut value = 0u64;
        for position in 0..10 {
            let (byte, rest) = self.data.split_first().ok_or(Unread::Left)?;
            self.data = rest;
            value |= u64::from(byte & 0x7f) << (7 * position);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Unread::Left)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Unread> {
        let length = usize::try_from(self.varint()?).map_err(|_| Unread::Left)?;
        let (bytes, rest) = self.data.split_at_checked(length).ok_or(Unread::Left)?;
        self.data = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'a str, Unread> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Unread::Left)
    }

    fn double(&mut self) -> Result<f64, Unread> {
        let (bytes, rest) = self.data.split_first_chunk::<8>().ok_or(Unread::Left)?;
        self.data = rest;
        Ok(f64::from_le_bytes(*bytes))
    }
}

/// Reads messages of one call.
pub struct PropertyReader<'a, 'py> {
    pub py: Python<'py>,
    pub markers: &'a Bound<'py, PyFrozenSet>,
    pub strings: &'a mut Strings,
}

impl<'py> PropertyReader<'_, 'py> {
    /// The dictionary of a `Struct`.
    pub fn object(&mut self, data: &[u8], depth: usize) -> Result<Bound<'py, PyDict>, Unread> {
        if depth > DEEPEST {
            return Err(Unread::Left);
        }
        let result = PyDict::new(self.py);
        let mut message = Message { data };
        while let Some(field) = message.next()? {
            if field != (1, BYTES) {
                return Err(Unread::Left);
            }
            let mut entry = Message { data: message.bytes()? };
            let mut key = "";
            let mut value: Option<&[u8]> = None;
            while let Some(part) = entry.next()? {
                match part {
                    (1, BYTES) => key = entry.text()?,
                    (2, BYTES) if value.is_none() => value = Some(entry.bytes()?),
                    _ => return Err(Unread::Left),
                }
            }
            let key = self.string(key)?;
            result.set_item(key, self.value(value.unwrap_or_default(), depth)?)?;
        }
        Ok(result)
    }

    fn value(&mut self, data: &[u8], depth: usize) -> Result<Bound<'py, PyAny>, Unread> {
        let mut message = Message { data };
        let found = match message.next()? {
            None => self.py.None().into_bound(self.py),
            Some((1, VARINT)) => {
                message.varint()?;
                self.py.None().into_bound(self.py)
            }
            Some((2, FIXED64)) => self.number(message.double()?)?,
            Some((3, BYTES)) => self.string(message.text()?)?.into_any(),
            Some((4, VARINT)) => {
                (message.varint()? != 0).into_pyobject(self.py).map_err(PyErr::from)?.to_owned().into_any()
            }
            Some((5, BYTES)) => self.object(message.bytes()?, depth + 1)?.into_any(),
            Some((6, BYTES)) => self.list(message.bytes()?, depth + 1)?.into_any(),
            Some(_) => return Err(Unread::Left),
        };
        // A message that sets a value twice is valid, but not what a serializer writes.
        if message.data.is_empty() { Ok(found) } else { Err(Unread::Left) }
    }

    fn list(&mut self, data: &[u8], depth: usize) -> Result<Bound<'py, PyAny>, Unread> {
        if depth > DEEPEST {
            return Err(Unread::Left);
        }
        let result = PyList::empty(self.py);
        let mut message = Message { data };
        while let Some(field) = message.next()? {
            if field != (1, BYTES) {
                return Err(Unread::Left);
            }
            result.append(self.value(message.bytes()?, depth)?)?;
        }
        Ok(result.into_any())
    }

    fn number(&self, value: f64) -> Result<Bound<'py, PyAny>, Unread> {
        if value.fract() != 0.0 || value.is_nan() {
            return Ok(PyFloat::new(self.py, value).into_any());
        }
        if value.abs() >= LARGEST_INTEGER {
            return Err(Unread::Left);
        }
        #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is below the limit")]
        let whole = value as i64;
        Ok(whole.into_pyobject(self.py).map_err(PyErr::from)?.into_any())
    }

    fn string(&mut self, text: &str) -> Result<Bound<'py, PyString>, Unread> {
        if MARKER_LENGTHS.contains(&text.len()) && self.markers.contains(text)? {
            return Err(Unread::Left);
        }
        Ok(self.strings.string(self.py, text))
    }
}
