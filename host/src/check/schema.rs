//! Values to try with a configuration, made of its schema.

use super::generate;
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};
use std::fmt;

/// One value for one key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attempt {
    /// The key below `[plugin.NAME.config]`; empty for the whole table.
    pub(super) key: Vec<String>,
    pub(super) value: Value,
    /// Whether the schema refuses it.
    pub(super) is_wrong: bool,
}

impl Attempt {
    /// The key in words.
    pub(super) fn key(&self) -> String {
        self.key.join(".")
    }

    /// A configuration with this value in it.
    pub(super) fn on(&self, base: &Value) -> Value {
        put(base.clone(), &self.key, &self.value)
    }
}

fn put(mut base: Value, key: &[String], value: &Value) -> Value {
    let Some((first, rest)) = key.split_first() else { return value.clone() };
    if !base.is_object() {
        base = Value::Object(Map::new());
    }
    let inner = base.get(first).cloned().unwrap_or_else(|| json!({}));
    if let Some(table) = base.as_object_mut() {
        table.insert(first.clone(), put(inner, rest, value));
    }
    base
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: String = self.value.to_string().chars().take(80).collect();
        write!(f, "{} = {value}", if self.key.is_empty() { "config".to_owned() } else { self.key() })
    }
}

/// The values to try with what a schema describes; some nonsense when it describes nothing.
pub(super) fn attempts(schema: &Value, rng: &mut StdRng) -> Vec<Attempt> {
    if schema.get("properties").is_some() {
        return of_table(&[], schema, rng);
    }
    let nonsense = |rng: &mut StdRng| {
        let table = (0..3).map(|at| (format!("key{at}"), generate::value(rng, 2)));
        Attempt { key: Vec::new(), value: table.collect(), is_wrong: false }
    };
    (0..20).map(|_| nonsense(rng)).collect()
}

fn of_table(key: &[String], schema: &Value, rng: &mut StdRng) -> Vec<Attempt> {
    let below = |name: &str| [key, &[name.to_owned()]].concat();
    let mut attempts = Vec::new();
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        attempts.push(Attempt { key: below("no_such_key"), value: json!(1), is_wrong: true });
    }
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let key = below(name);
        let attempt = |is_wrong| {
            let key = key.clone();
            move |value| Attempt { key: key.clone(), value, is_wrong }
        };
        attempts.extend(wrong(schema).into_iter().map(attempt(true)));
        attempts.extend(right(schema, rng).into_iter().map(attempt(false)));
        if schema.get("properties").is_some() {
            attempts.extend(of_table(&key, schema, rng));
        }
    }
    attempts
}

/// The schema of a value that is there.
fn present(schema: &Value) -> &Value {
    schema.pointer("/anyOf/0").unwrap_or(schema)
}

fn kind(schema: &Value) -> &str {
    schema.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Values that it refuses.
fn wrong(schema: &Value) -> Vec<Value> {
    let schema = present(schema);
    let takes = |value: &Value| match kind(schema) {
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    let all = [json!(true), json!(7), json!(1.5), json!("text"), json!([]), json!({})];
    let mut wrong: Vec<_> = all.into_iter().filter(|value| !takes(value)).collect();
    if let Some(items) = schema.get("items") {
        wrong.extend(self::wrong(items).into_iter().map(|item| json!([item])));
    }
    // The configuration is written in TOML, whose whole numbers have 64 bits and a sign.
    let bound = |name: &str| schema.get(name);
    match kind(schema) {
        "integer" => {
            wrong.extend(
                bound("minimum").and_then(Value::as_i64).and_then(|min| min.checked_sub(1)).map(Value::from),
            );
            wrong.extend(
                bound("maximum").and_then(Value::as_i64).and_then(|max| max.checked_add(1)).map(Value::from),
            );
        }
        "number" => {
            wrong.extend(bound("minimum").and_then(Value::as_f64).map(|min| json!(min - 1.0)));
            wrong.extend(bound("maximum").and_then(Value::as_f64).map(|max| json!(max + 1.0)));
        }
        _ => {}
    }
    wrong
}

/// Values that it takes.
fn right(schema: &Value, rng: &mut StdRng) -> Vec<Value> {
    let schema = present(schema);
    let bound = |name: &str| schema.get(name);
    match kind(schema) {
        "boolean" => vec![json!(true), json!(false)],
        "integer" => {
            let min = bound("minimum").and_then(Value::as_i64).unwrap_or(i64::MIN);
            let max = bound("maximum").and_then(Value::as_i64).unwrap_or(i64::MAX);
            let any = if min <= max { rng.random_range(min..=max) } else { min };
            vec![json!(min), json!(max), json!(any)]
        }
        "number" => {
            let min = bound("minimum").and_then(Value::as_f64).unwrap_or(-1e9);
            let max = bound("maximum").and_then(Value::as_f64).unwrap_or(1e9);
            vec![json!(min), json!(max), json!(f64::midpoint(min, max))]
        }
        "string" => ["", "text", "../..", "Grüße\n"]
            .map(Value::from)
            .into_iter()
            .chain([json!("x".repeat(10_000))])
            .collect(),
        "array" => {
            let Some(items) = schema.get("items") else { return vec![json!([])] };
            let items = right(items, rng);
            vec![json!([]), items.iter().cycle().take(1000).cloned().collect()]
        }
        "object" => vec![json!({})],
        _ => (0..10).map(|_| generate::value(rng, 2)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn of(schema: &Value) -> Vec<Attempt> {
        attempts(schema, &mut StdRng::seed_from_u64(1))
    }

    fn table(properties: &Value) -> Value {
        json!({"type": "object", "additionalProperties": false, "properties": properties})
    }

    fn tries(attempts: &[Attempt], key: &str, value: &Value, is_wrong: bool) -> bool {
        attempts.iter().any(|one| one.key() == key && one.value == *value && one.is_wrong == is_wrong)
    }

    #[test]
    fn keys_are_tried_with_what_is_around_their_bounds_and_with_other_types() {
        let rooms = json!({"type": "integer", "minimum": 1, "maximum": 100});
        let names = json!({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]});
        let attempts = of(&table(&json!({"rooms": rooms, "names": names})));
        for (value, is_wrong) in [(0, true), (1, false), (100, false), (101, true)] {
            assert!(tries(&attempts, "rooms", &json!(value), is_wrong), "{value}");
        }
        assert!(tries(&attempts, "rooms", &json!("text"), true));
        assert!(tries(&attempts, "rooms", &json!(1.5), true));
        assert!(tries(&attempts, "names", &json!([7]), true));
        assert!(tries(&attempts, "names", &json!([]), false));
        assert!(tries(&attempts, "no_such_key", &json!(1), true));
    }

    #[test]
    fn bounds_that_no_configuration_can_pass_are_not_passed() {
        let attempts = of(&table(&json!({"bytes": {"type": "integer", "minimum": 0, "maximum": u64::MAX}})));
        assert!(tries(&attempts, "bytes", &json!(i64::MAX), false));
        let numbers = attempts.iter().filter(|one| one.is_wrong).filter_map(|one| one.value.as_i64());
        assert!(numbers.eq([1, -1]), "{attempts:?}");
    }

    #[test]
    fn tables_are_gone_into_and_the_rest_stays_as_it_is() {
        let attempts = of(&table(&json!({"history": table(&json!({"on": {"type": "boolean"}}))})));
        let on = attempts.iter().find(|one| one.key() == "history.on" && !one.is_wrong).unwrap();
        let config = on.on(&json!({"rooms": 3, "history": {"lines": 1}}));
        assert_eq!(config, json!({"rooms": 3, "history": {"lines": 1, "on": on.value}}));
        assert!(tries(&attempts, "history.no_such_key", &json!(1), true));
    }

    #[test]
    fn what_is_not_described_is_tried_with_nonsense_that_may_be_taken() {
        let attempts = of(&json!({}));
        assert!(!attempts.is_empty() && attempts.iter().all(|one| !one.is_wrong && one.value.is_object()));
    }
}
