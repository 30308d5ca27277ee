//! Facts that a service and its `pre_start` commands have in common.

use crate::check::context::ExpectedContext;
use crate::check::facts::{Fact, Kind, Unclear, Value};
use crate::resolve::process::{Image, Variable};
use crate::sensitive::Sensitive;

/// Returns the fact for `image`, or for the name that Compose gives to an image that it builds.
pub(crate) fn expected_image(context: ExpectedContext, image: &Image) -> Fact {
    let Image { reference, template: _, build } = image;
    let fact = Fact::required(Kind::Image, "", &reference.value, reference.span);
    // No registry has an image of this name.
    let unnamed = reference.value == format!("{}-{}", context.project.name, context.service.name.value);
    if build.is_some() && unnamed { fact.unclear(Unclear::Built) } else { fact }
}

/// Returns the fact for one variable of `environment`.
pub(crate) fn expected_variable(Variable { name, value, outside }: &Variable) -> Fact {
    match value {
        Some(value) if outside.is_some() => {
            Fact::required(Kind::Variable, &name.value, Sensitive::new(value.value.clone()), value.span)
        }
        Some(value) => Fact::required(Kind::Variable, &name.value, &value.value, value.span),
        // A variable without a value is inherited from the environment of the caller.
        None => Fact::optional(Kind::Variable, &name.value, "", name.span).or(Value::Any),
    }
}
