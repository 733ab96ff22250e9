//! `REDACT`: the client takes a message back.

use super::Session;
use crate::irc::backend::Backend;
use crate::irc::line::Line;
use crate::irc::request::Request;
use crate::service::ChatError;

impl<B: Backend> Session<B> {
    pub(super) fn redact(&mut self, request: &Request) -> Result<(), ChatError> {
        let (Some(target), Some(id)) = (request.param(0), request.param(1)) else {
            self.needs_more(request);
            return Ok(());
        };
        let code = match self.chat.delete(id) {
            Ok(_) => {
                let message = self.chat.message(id)?;
                self.recent.show(&message);
                if let Some(place) = self.place_of(&message) {
                    let line = self.deleted(&message, &place);
                    self.out.push(line);
                }
                return Ok(());
            }
            Err(ChatError::NoSuchMessage(_)) => "UNKNOWN_MSGID",
            Err(ChatError::NotYours(_)) => "REDACT_FORBIDDEN",
            Err(error) => return Err(error),
        };
        let line = Line::server("FAIL").param("REDACT").param(code).param(target).param(id);
        self.out.push(line.text("This message cannot be taken back by you"));
        Ok(())
    }
}
