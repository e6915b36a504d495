//! How the OpenAPI document describes one route.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

/// A function that generates the schema of a type. Returns the schema itself, or adds it to the components and returns
/// a reference.
pub type SchemaFn = fn(&mut SchemaGenerator) -> Schema;

/// An operation of the OpenAPI document: the parameters, the body and the responses of one route.
pub struct Operation {
    pub id: &'static str,
    pub summary: &'static str,
    pub parameters: Vec<Value>,
    pub body: Option<Body>,
    pub status: &'static str,
    /// The meaning of a successful response.
    pub description: &'static str,
    pub content_type: &'static str,
    pub schema: SchemaFn,
    /// Other operations that accept a value of the response as a parameter: `(operation id, parameter, expression for
    /// the value)`.
    pub links: Vec<(&'static str, &'static str, &'static str)>,
    /// The errors that are specific to this operation, as `(status, description)`. `implied_errors` adds common errors,
    /// such as 400, 404 and 415.
    pub errors: Vec<(&'static str, &'static str)>,
    /// Whether the path contains an id or a name that may be unknown. If so, the operation can return 404.
    pub has_not_found: bool,
    /// Whether the handler accesses the store. If so, the operation can return 401, 503 and 507.
    pub uses_store: bool,
}

pub struct Body {
    pub name: Cow<'static, str>,
    pub schema: SchemaFn,
    /// The description of an optional body; `None` if the body is required.
    pub description: Option<&'static str>,
    pub examples: Vec<(&'static str, Value)>,
}

impl Operation {
    /// Creates an operation that returns a 200 with a JSON body of the type `T`.
    pub fn new<T: JsonSchema>(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            parameters: Vec::new(),
            body: None,
            status: "200",
            description: "The request succeeded.",
            content_type: "application/json",
            schema: |generator| generator.subschema_for::<T>(),
            links: Vec::new(),
            errors: Vec::new(),
            has_not_found: false,
            uses_store: true,
        }
    }

    /// Adds a path parameter that identifies a resource, and a 404 for an unknown resource.
    pub fn path_param(mut self, name: &str, description: &str) -> Self {
        self.has_not_found = true;
        let schema = json!({"type": "string", "minLength": 1, "pattern": "^[^/]+$"});
        self.path_param_of(name, description, schema)
    }

    pub fn path_param_of(self, name: &str, description: &str, schema: Value) -> Self {
        let mut operation = self.parameter("path", name, description, schema);
        operation.parameters.last_mut().unwrap()["required"] = json!(true);
        operation
    }

    pub fn query(self, name: &str, description: &str, schema: Value) -> Self {
        self.parameter("query", name, description, schema)
    }

    pub fn parameter(mut self, place: &str, name: &str, description: &str, schema: Value) -> Self {
        let parameter =
            json!({"name": name, "in": place, "description": description, "schema": schema});
        self.parameters.push(parameter);
        self
    }

    pub fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Body {
            name: T::schema_name(),
            schema: T::json_schema,
            description: None,
            examples: Vec::new(),
        });
        self
    }

    /// Adds an optional body of any type, which the handler ignores.
    pub fn ignored_body(mut self, description: &'static str) -> Self {
        self.body = Some(Body {
            name: "AnyBody".into(),
            schema: |_| Schema::default(),
            description: Some(description),
            examples: Vec::new(),
        });
        self
    }

    pub fn example(mut self, name: &'static str, value: Value) -> Self {
        let body = self.body.as_mut().expect("only a body has examples");
        body.examples.push((name, value));
        self
    }

    pub fn success(mut self, status: &'static str, description: &'static str) -> Self {
        self.status = status;
        self.description = description;
        self
    }

    /// Adds links from the response to `operations`. The value of `expression` is taken from the response, and is valid
    /// for `parameter` in these operations.
    pub fn links(
        mut self,
        parameter: &'static str,
        expression: &'static str,
        operations: &[&'static str],
    ) -> Self {
        let links = operations.iter().map(|id| (*id, parameter, expression));
        self.links.extend(links);
        self
    }

    pub fn error(mut self, status: &'static str, description: &'static str) -> Self {
        self.errors.push((status, description));
        self
    }
}
