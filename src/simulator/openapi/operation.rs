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
    pub success: Success,
    /// Errors beyond those that follow from the method, the parameters and the body: `(status, description)`.
    pub errors: Vec<(&'static str, &'static str)>,
    /// Whether the path names something that may not exist.
    pub has_not_found: bool,
    /// Whether it reads the store, which may fail.
    pub uses_store: bool,
}

/// The body of a request.
pub struct Body {
    pub name: Cow<'static, str>,
    pub schema: SchemaFn,
    pub is_required: bool,
    pub description: Option<&'static str>,
    pub examples: Vec<(&'static str, Value)>,
}

/// The response to a request that succeeds.
pub struct Success {
    pub status: &'static str,
    pub description: &'static str,
    pub content_type: &'static str,
    pub schema: SchemaFn,
    /// Other operations that accept a value of the response: `(operation, parameter, expression)`.
    pub links: Vec<(&'static str, &'static str, &'static str)>,
}

impl Operation {
    /// Describes an operation that returns a 200 with a JSON body of the type `T`.
    pub fn new<T: JsonSchema>(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            parameters: Vec::new(),
            body: None,
            success: Success {
                status: "200",
                description: "The request succeeded.",
                content_type: "application/json",
                schema: |generator| generator.subschema_for::<T>(),
                links: Vec::new(),
            },
            errors: Vec::new(),
            has_not_found: false,
            uses_store: true,
        }
    }

    /// Adds a path parameter.
    pub fn path_param(self, name: &str, description: &str) -> Self {
        let schema = json!({"type": "string", "minLength": 1, "pattern": "^[^/]+$"});
        self.path_param_of(name, description, &schema)
    }

    /// Adds a path parameter with a schema.
    pub fn path_param_of(self, name: &str, description: &str, schema: &Value) -> Self {
        self.parameter(json!({
            "name": name, "in": "path", "required": true, "description": description, "schema": schema,
        }))
    }

    /// Adds an optional query parameter.
    pub fn query(self, name: &str, description: &str, schema: &Value) -> Self {
        self.parameter(json!({
            "name": name, "in": "query", "description": description, "schema": schema,
        }))
    }

    /// Adds an optional header.
    pub fn header(self, name: &str, description: &str, schema: &Value) -> Self {
        self.parameter(json!({
            "name": name, "in": "header", "description": description, "schema": schema,
        }))
    }

    fn parameter(mut self, parameter: Value) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Requires a JSON body of the type `T`.
    pub fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Body {
            name: T::schema_name(),
            schema: T::json_schema,
            is_required: true,
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
            is_required: false,
            description: Some(description),
            examples: Vec::new(),
        });
        self
    }

    /// Adds an example of the body.
    pub fn example(mut self, name: &'static str, value: Value) -> Self {
        let body = self.body.as_mut().expect("only a body has examples");
        body.examples.push((name, value));
        self
    }

    /// Returns another status than 200.
    pub fn created(mut self) -> Self {
        self.success.status = "201";
        self
    }

    /// Describes the success.
    pub fn success(mut self, description: &'static str) -> Self {
        self.success.description = description;
        self
    }

    /// Returns another type of content than JSON.
    pub fn content_type(mut self, content_type: &'static str) -> Self {
        self.success.content_type = content_type;
        self
    }

    /// Adds an operation that accepts a value of the response.
    pub fn link(
        mut self,
        operation: &'static str,
        parameter: &'static str,
        expression: &'static str,
    ) -> Self {
        self.success.links.push((operation, parameter, expression));
        self
    }

    /// Adds an error.
    pub fn error(mut self, status: &'static str, description: &'static str) -> Self {
        self.errors.push((status, description));
        self
    }

    /// Adds a 404: the path names something that may not exist.
    pub fn not_found(mut self) -> Self {
        self.has_not_found = true;
        self
    }

    /// Returns a constant: neither a key nor the store is read.
    pub fn constant(mut self) -> Self {
        self.uses_store = false;
        self
    }
}
