//! [`Fact`]: its parts and constructors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::kinds::Kind;
use super::subject::Subject;
use super::unclear::Unclear;
use super::value::Value;
use crate::parse::Text;
use crate::text::Span;

/// A statement about a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The Compose service; empty if the statement is about the cluster.
    pub service: Text,
    /// The index of the `pre_start` command of the service that the statement is about, if it is about one.
    pub pre_start: Option<u32>,
    /// What the statement is about.
    pub kind: Kind,
    /// The subject among several of the kind: the name of a variable, a path, a port. Empty if the kind has only one.
    pub subject: Subject,
    /// The value, as [`Kind::about`] describes it.
    pub value: Value,
    /// Other values with the same meaning. On the side of the manifests it is that of a command into which a shell inserts variables.
    pub also: Vec<Value>,
    /// What a missing counterpart means.
    pub weight: Weight,
    /// Why the value cannot be compared, if it cannot.
    pub unclear: Option<Box<Unclear>>,
    /// Shown instead of a value that must not be shown.
    pub hidden: Option<String>,
    /// The content of a mounted file or directory, if it is known. If both sides have it, it is compared instead of the value.
    pub contents: Option<Contents>,
    /// The source of the statement.
    pub span: Span,
}

/// The content of a file or directory. It is compared, but never shown: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contents {
    /// The bytes of a file.
    File(Vec<u8>),
    /// The bytes of each file in a directory, by its path in the directory.
    Folder(BTreeMap<String, Vec<u8>>),
    /// The path of a file or directory on the host, which is read only when it is compared.
    OnDisk(PathBuf),
}

/// What it means if the other side has no fact of the same kind and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is a difference.
    Required,
    /// The fact is a default of Compose or Kubernetes that is not written down. It is a difference only in manifests that
    /// compose2k8s generated, because those override such defaults.
    Default,
    /// It means nothing: the fact is compared only if both sides have it.
    Optional,
}

impl Weight {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Weight::Required => "required",
            Weight::Default => "default",
            Weight::Optional => "optional",
        }
    }
}

impl Fact {
    /// Returns a fact that the other side must have.
    #[must_use]
    pub fn required(kind: Kind, subject: impl Into<Subject>, value: impl Into<Value>, span: Span) -> Self {
        Self {
            service: Text::default(),
            pre_start: None,
            kind,
            subject: subject.into(),
            value: value.into(),
            also: Vec::new(),
            weight: Weight::Required,
            unclear: None,
            hidden: None,
            contents: None,
            span,
        }
    }

    /// Returns a fact that is a default.
    #[must_use]
    pub fn defaulted(kind: Kind, subject: impl Into<Subject>, value: impl Into<Value>, span: Span) -> Self {
        Self { weight: Weight::Default, ..Self::required(kind, subject, value, span) }
    }

    /// Returns a fact that is compared only if the other side has it too.
    #[must_use]
    pub fn optional(kind: Kind, subject: impl Into<Subject>, value: impl Into<Value>, span: Span) -> Self {
        Self { weight: Weight::Optional, ..Self::required(kind, subject, value, span) }
    }

    /// Adds another value with the same meaning.
    #[must_use]
    pub fn or(mut self, value: impl Into<Value>) -> Self {
        self.also.push(value.into());
        self
    }

    /// Sets what is shown instead of the value, if it must not be shown.
    #[must_use]
    pub fn with_hidden(mut self, shown: Option<Value>) -> Self {
        self.hidden = shown.map(|value| value.rendered().into_owned());
        self
    }

    /// Adds the value after a shell has inserted variables. Its text in the manifests is shown instead of both.
    #[must_use]
    pub fn with_inserted_values(mut self, value: Value) -> Self {
        if value == self.value {
            return self;
        }
        self.hidden.get_or_insert_with(|| self.value.rendered().into_owned());
        let is_unknown = value.has_unknown_word();
        let fact = self.or(value);
        if is_unknown { fact.unclear(Unclear::SetAtStart) } else { fact }
    }

    /// Marks the value as one that cannot be compared.
    #[must_use]
    pub fn unclear(mut self, why: Unclear) -> Self {
        self.unclear = Some(Box::new(why));
        self
    }

    /// Makes it a fact about a `pre_start` command of a service.
    #[must_use]
    pub fn of_pre_start(mut self, service: &str, index: usize) -> Self {
        self.service = service.into();
        self.pre_start = u32::try_from(index).ok();
        self
    }

    /// Replaces the weight.
    #[must_use]
    pub fn with_weight(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }

    /// Replaces the contents.
    #[must_use]
    pub fn with_contents(mut self, contents: Option<Contents>) -> Self {
        self.contents = contents;
        self
    }

    /// Whether the value is an entry of a Secret that is not among the manifests.
    #[must_use]
    pub fn is_from_secret(&self) -> bool {
        matches!(self.unclear.as_deref(), Some(Unclear::NoKey(_, kind, _) | Unclear::NoObject(kind, _)) if kind == "Secret")
    }

    /// Whether the other fact is about the same thing: only then are their values compared.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Fact) -> bool {
        self.kind == other.kind && self.subject == other.subject
    }
}
