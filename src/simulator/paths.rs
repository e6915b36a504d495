//! Comparing the path of a request with templates such as `/v1/contacts/{identifier}`.

use http::Uri;

/// Returns whether a path is a root, or lies below it.
pub fn is_below(uri: &Uri, root: &str) -> bool {
    let rest = uri.path().strip_prefix(root);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns whether a path matches a template, with a segment that is not empty for each parameter.
pub fn matches(template: &str, path: &str) -> bool {
    let mut template = template.split('/');
    let mut path = path.split('/');
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(expected), Some(segment)) => {
                let is_parameter = expected.starts_with('{') && !segment.is_empty();
                if expected != segment && !is_parameter {
                    return false;
                }
            }
            _ => return false,
        }
    }
}
