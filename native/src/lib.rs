//! Reads YAML documents for `pulumi_probes.codec.yaml_stream`, and properties of resources for the policy pack.
//!
//! Only documents that are plain trees are read here: the Python code reads what has anchors, aliases, tags, merge keys,
//! repeated keys or keys that may not be strings, and what is malformed or nested too deeply. It alone knows what these
//! mean and what to say about them.

mod events;
mod properties;
mod strings;
mod tree;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyInt, PyList, PyString};

use properties::{PropertyReader, Unread};
use strings::Strings;
use tree::{Kind, Tree, is_certainly_string};

/// The version of the interface; the Python code uses only the one that it knows.
const INTERFACE: u32 = 2;

/// A document that is a plain tree.
#[pyclass(frozen, module = "pulumi_probes_native")]
struct Document {
    tree: Tree,
}

#[pymethods]
impl Document {
    /// The value as dictionaries, lists and scalars.
    ///
    /// Args:
    ///     resolve: determines the value of a plain scalar that may be something else than a string.
    fn value<'py>(&self, py: Python<'py>, resolve: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if self.tree.nodes.is_empty() {
            return Ok(py.None().into_bound(py));
        }
        // Taken out meanwhile, because `resolve` runs Python code, which might read another document.
        let mut strings = Strings::take();
        let result = Builder { tree: &self.tree, resolve, strings: &mut strings }.build(py, 0);
        strings.keep();
        result
    }

    /// The line of the value at a path of keys and indexes, or of its nearest parent; counted from 0.
    fn line(&self, path: &Bound<'_, PyAny>) -> PyResult<u32> {
        let tree = &self.tree;
        if tree.nodes.is_empty() {
            return Ok(0);
        }
        let mut position = 0;
        for segment in path.try_iter()? {
            let segment = segment?;
            let below = match tree.nodes[position].kind {
                Kind::Mapping => match segment.cast::<PyString>() {
                    Ok(key) => tree.value_of(position, key.to_str()?),
                    Err(_) => None,
                },
                Kind::Sequence => match segment.cast::<PyInt>() {
                    Ok(index) => index.extract::<usize>().ok().and_then(|index| tree.entry(position, index)),
                    Err(_) => None,
                },
                _ => None,
            };
            match below {
                Some(found) => position = found,
                None => break,
            }
        }
        Ok(tree.nodes[position].line)
    }

    /// The text of a key of the document, if its value is certainly a string.
    fn string(&self, key: &str) -> Option<&str> {
        self.tree.string_at_top(key)
    }

    /// Whether some key `containers` has a list with entries.
    #[getter]
    fn has_containers(&self) -> bool {
        self.tree.has_containers
    }
}

struct Builder<'a, 'py> {
    tree: &'a Tree,
    resolve: &'a Bound<'py, PyAny>,
    strings: &'a mut Strings,
}

impl<'py> Builder<'_, 'py> {
    fn build(&mut self, py: Python<'py>, position: usize) -> PyResult<Bound<'py, PyAny>> {
        let tree = self.tree;
        let node = tree.nodes[position];
        match node.kind {
            Kind::Quoted => Ok(self.strings.string(py, tree.text(position)).into_any()),
            Kind::Plain => self.plain(py, tree.text(position)),
            Kind::Mapping => {
                let result = PyDict::new(py);
                let mut below = position + 1;
                while below < node.end as usize {
                    let key = self.strings.string(py, tree.text(below));
                    result.set_item(key, self.build(py, below + 1)?)?;
                    below = tree.after(below + 1);
                }
                Ok(result.into_any())
            }
            Kind::Sequence => {
                let result = PyList::empty(py);
                let mut below = position + 1;
                while below < node.end as usize {
                    result.append(self.build(py, below)?)?;
                    below = tree.after(below);
                }
                Ok(result.into_any())
            }
        }
    }

    fn plain(&mut self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        if is_certainly_string(text) {
            return Ok(self.strings.string(py, text).into_any());
        }
        match text {
            "true" => Ok(true.into_pyobject(py)?.to_owned().into_any()),
            "false" => Ok(false.into_pyobject(py)?.to_owned().into_any()),
            _ if is_short_decimal(text) => Ok(text.parse::<i64>()?.into_pyobject(py)?.into_any()),
            _ => self.resolve.call1((text,)),
        }
    }
}

/// Whether a text is a decimal number without sign, leading zero and separators, well within 64 bits.
fn is_short_decimal(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 18
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

/// Read a document; None if it is not a plain tree.
///
/// Args:
///     text: the text of one document.
///     maximum_depth: the nesting depth above which a document is not read.
#[pyfunction]
fn read(text: &str, maximum_depth: usize) -> Option<Document> {
    Tree::read(text, maximum_depth).ok().map(|tree| Document { tree })
}

/// The dictionary of a serialized `google.protobuf.Struct`, with integers where numbers have no fraction; None if it
/// contains a marker or is not written as a serializer writes it.
///
/// Args:
///     data: the message.
///     markers: the strings with a special meaning.
#[pyfunction]
fn read_properties<'py>(
    py: Python<'py>,
    data: &[u8],
    markers: &Bound<'py, PyFrozenSet>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let mut strings = Strings::take();
    let result = PropertyReader { py, markers, strings: &mut strings }.object(data, 0);
    strings.keep();
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Unread::Left) => Ok(None),
        Err(Unread::Failed(error)) => Err(error),
    }
}

#[pymodule]
fn pulumi_probes_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("INTERFACE", INTERFACE)?;
    module.add_class::<Document>()?;
    module.add_function(wrap_pyfunction!(read, module)?)?;
    module.add_function(wrap_pyfunction!(read_properties, module)?)
}
