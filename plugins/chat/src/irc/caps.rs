//! The capabilities that a client may ask for.

/// An extension of IRC that this server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cap {
    /// `batch`: lines that belong together are put in brackets.
    Batch,
    /// `cap-notify`: changes are told; there are none.
    Notify,
    /// `draft/chathistory`: the client asks for what was said before.
    ChatHistory,
    /// `draft/message-redaction`: messages are taken back with `REDACT`.
    Redaction,
    /// `echo-message`: the client is sent what it said itself.
    EchoMessage,
    /// `labeled-response`: replies carry the label of what they answer.
    LabeledResponse,
    /// `message-tags`: ids of messages, answers and reactions.
    MessageTags,
    /// `sasl`: a password is given before the registration.
    Sasl,
    /// `server-time`: messages carry their time.
    ServerTime,
}

impl Cap {
    const ALL: [Self; 9] = [
        Self::Batch,
        Self::Notify,
        Self::ChatHistory,
        Self::Redaction,
        Self::EchoMessage,
        Self::LabeledResponse,
        Self::MessageTags,
        Self::Sasl,
        Self::ServerTime,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Notify => "cap-notify",
            Self::ChatHistory => "draft/chathistory",
            Self::Redaction => "draft/message-redaction",
            Self::EchoMessage => "echo-message",
            Self::LabeledResponse => "labeled-response",
            Self::MessageTags => "message-tags",
            Self::Sasl => "sasl",
            Self::ServerTime => "server-time",
        }
    }
}

/// A set of capabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Caps(u16);

impl Caps {
    /// What a server offers: `sasl` only where there is a password.
    pub(crate) fn offered(has_password: bool) -> Self {
        let mut caps = Self::default();
        Cap::ALL.into_iter().for_each(|cap| caps.set(cap, true));
        caps.set(Cap::Sasl, has_password);
        caps
    }

    pub(crate) const fn has(self, cap: Cap) -> bool {
        self.0 & (1 << cap as u16) != 0
    }

    pub(crate) const fn set(&mut self, cap: Cap, on: bool) {
        if on {
            self.0 |= 1 << cap as u16;
        } else {
            self.0 &= !(1 << cap as u16);
        }
    }

    /// The names; with the values that clients of version 302 are told.
    pub(crate) fn names(self, with_values: bool) -> String {
        let names = Cap::ALL.into_iter().filter(|cap| self.has(*cap)).map(|cap| match cap {
            Cap::Sasl if with_values => "sasl=PLAIN",
            other => other.name(),
        });
        names.collect::<Vec<_>>().join(" ")
    }

    /// The set after a request such as `batch -sasl`; `None`, when one of them is not among those offered.
    pub(crate) fn after(mut self, request: &str, offered: Self) -> Option<Self> {
        for word in request.split(' ').filter(|word| !word.is_empty()) {
            let (name, on) = word.strip_prefix('-').map_or((word, true), |name| (name, false));
            let cap = Cap::ALL.into_iter().find(|cap| cap.name() == name && offered.has(*cap))?;
            self.set(cap, on);
        }
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_granted_as_a_whole_or_not_at_all() {
        let offered = Caps::offered(false);
        let granted = Caps::default().after("batch server-time", offered).unwrap();
        assert_eq!(granted.names(false), "batch server-time");
        assert_eq!(
            granted.after(" -batch  echo-message ", offered).unwrap().names(false),
            "echo-message server-time"
        );
        for refused in ["batch multi-prefix", "-nothing", "sasl", "batch,server-time"] {
            assert_eq!(granted.after(refused, offered), None, "{refused}");
        }
    }

    #[test]
    fn sasl_is_offered_where_there_is_a_password() {
        assert!(!Caps::offered(false).names(true).contains("sasl"));
        assert!(Caps::offered(true).names(true).contains(" sasl=PLAIN "));
        assert!(Caps::offered(true).names(false).contains(" sasl "));
    }
}
