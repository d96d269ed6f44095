//! Python strings that occur in many documents, made once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem;

use pyo3::prelude::*;
use pyo3::types::PyString;

/// Strings up to this length are made once, and so many of them.
const LONGEST: usize = 48;
const MOST: usize = 20_000;

thread_local! {
    static SHARED: RefCell<HashMap<Box<str>, Py<PyString>>> = RefCell::default();
}

/// Strings that occur in many documents.
pub struct Strings {
    known: HashMap<Box<str>, Py<PyString>>,
}

impl Strings {
    /// Take the strings of this thread; another call meanwhile gets none.
    pub fn take() -> Self {
        Strings { known: SHARED.with(|strings| mem::take(&mut *strings.borrow_mut())) }
    }

    /// Keep the strings for the next call.
    pub fn keep(self) {
        SHARED.with(|strings| strings.replace(self.known));
    }

    /// The Python string with a text.
    pub fn string<'py>(&mut self, py: Python<'py>, text: &str) -> Bound<'py, PyString> {
        if text.len() > LONGEST {
            return PyString::new(py, text);
        }
        if let Some(known) = self.known.get(text) {
            return known.bind(py).clone();
        }
        let made = PyString::new(py, text);
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(text.into(), made.clone().unbind());
        made
    }
}
