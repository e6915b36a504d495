//! The description of one route.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

/// Adds the schema of a type to the document, and returns a reference to it.
pub type SchemaFn = fn(&mut SchemaGenerator) -> Schema;

/// What a route does, accepts and returns.
pub struct Operation {
    pub id: &'static str,
    pub summary: &'static str,
    pub parameters: Vec<Value>,
    pub body: Option<Body>,
    pub status: &'static str,
    /// What a success means.
    pub description: &'static str,
    pub content_type: &'static str,
    pub schema: SchemaFn,
    /// Other operations that accept a value of the response: `(operation, parameter, expression)`.
    pub links: Vec<(&'static str, &'static str, &'static str)>,
    /// Errors beyond those that follow from the method, the parameters and the body: `(status, description)`.
    pub errors: Vec<(&'static str, &'static str)>,
    /// Whether the path names something that may not exist.
    pub has_not_found: bool,
    /// Whether it reads the store, which may fail.
    pub uses_store: bool,
}

pub struct Body {
    pub name: Cow<'static, str>,
    pub schema: SchemaFn,
    /// Of an optional body, what it is for.
    pub description: Option<&'static str>,
    pub examples: Vec<(&'static str, Value)>,
}

impl Operation {
    /// Describes an operation that returns a 200 with a JSON body of the type `T`.
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

    /// Adds a path parameter that names something, and a 404 for when it does not exist.
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

    /// Accepts a body of any type, which has no effect.
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

    /// Adds operations whose `parameter` accepts a value of the response.
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
