//! Session descriptions, taken apart and written again.

use super::*;

fn ours() -> std::net::SocketAddr {
    "10.0.0.1:16384".parse().expect("addr")
}

fn offer(media: &str) -> Session {
    let text = format!("v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n{media}");
    Session::parse(text.as_bytes()).expect("an offer")
}

fn answer(media: &str) -> (String, NegotiatedVoice) {
    let (session, voice) = answer_for_voice(&offer(media), ours()).expect("acceptable");
    (LocalSession::new(7).write(session), voice)
}

fn refusal(media: &str) -> NotAcceptable {
    answer_for_voice(&offer(media), ours()).expect_err("not acceptable")
}

#[test]
fn m01_an_answer_has_one_offered_codec_and_the_offered_event_number() {
    let (text, voice) = answer(
        "m=audio 4000 RTP/AVP 9 0 8 110\r\na=rtpmap:9 G722/8000\r\na=rtpmap:110 telephone-event/8000\r\na=fmtp:110 0-16\r\n",
    );
    assert_eq!(
        text,
        "v=0\r\no=- 7 7 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 16384 RTP/AVP 0 110\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:110 telephone-event/8000\r\na=fmtp:110 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
    assert_eq!((voice.codec, voice.payload, voice.telephone_event), (Codec::Pcmu, 0, Some(110)));
    assert_eq!(voice.remote, "10.0.0.9:4000".parse().expect("addr"));
}

#[test]
fn a_codec_under_a_dynamic_number_is_answered_under_it() {
    let (text, voice) = answer("m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 pcma/8000/1\r\n");
    assert!(text.contains("m=audio 16384 RTP/AVP 97\r\na=rtpmap:97 PCMA/8000\r\n"), "{text}");
    assert_eq!((voice.codec, voice.payload, voice.telephone_event), (Codec::Pcma, 97, None));
}

#[test]
fn a_number_that_would_be_taken_for_rtcp_is_not_agreed_on() {
    assert_eq!(refusal("m=audio 4000 RTP/AVP 72\r\na=rtpmap:72 PCMU/8000\r\n"), NotAcceptable::NoCodec);
    let (text, voice) =
        answer("m=audio 4000 RTP/AVP 0 73\r\na=rtpmap:73 telephone-event/8000\r\na=rtcp-mux\r\n");
    assert!(text.contains("m=audio 16384 RTP/AVP 0\r\n") && !text.contains("rtcp-mux"), "{text}");
    assert_eq!(voice.telephone_event, None);
}

#[test]
fn a_static_number_given_another_meaning_is_not_g711() {
    assert_eq!(refusal("m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 OPUS/48000/2\r\n"), NotAcceptable::NoCodec);
}

#[test]
fn m03_an_offer_of_unknown_codecs_is_refused() {
    assert_eq!(refusal("m=audio 4000 RTP/AVP 18 98\r\na=rtpmap:98 speex/16000\r\n"), NotAcceptable::NoCodec);
    assert_eq!(refusal("m=video 4000 RTP/AVP 31\r\n"), NotAcceptable::NoAudio);
    assert_eq!(refusal("m=audio 0 RTP/AVP 0\r\n"), NotAcceptable::NoAudio);
    assert_eq!(refusal(""), NotAcceptable::NoAudio);
}

#[test]
fn m04_other_media_are_declined_in_their_place() {
    let (text, _) = answer(
        "m=video 5000 RTP/AVP 31 34\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 0\r\nm=image 5 udptl t38\r\n",
    );
    let media: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(
        media,
        ["m=video 0 RTP/AVP 31", "m=audio 16384 RTP/AVP 8", "m=audio 0 RTP/AVP 0", "m=image 0 udptl t38"]
    );
}

#[test]
fn m05_hold_and_resume_are_mirrored_and_the_version_goes_up_only_with_a_change() {
    let mut local = LocalSession::new(7);
    let mut answered = |direction: &str| {
        let offer = offer(&format!("m=audio 4000 RTP/AVP 8\r\na={direction}\r\n"));
        let (session, voice) = answer_for_voice(&offer, ours()).expect("acceptable");
        let text = local.write(session);
        let version = Session::parse(text.as_bytes()).expect("ours").origin.version;
        (voice.direction, text.contains(&format!("a={}\r\n", voice.direction.as_str())), version)
    };
    assert_eq!(answered("sendrecv"), (Direction::SendRecv, true, "7".to_owned()));
    assert_eq!(answered("sendonly"), (Direction::RecvOnly, true, "8".to_owned()));
    assert_eq!(answered("sendonly"), (Direction::RecvOnly, true, "8".to_owned()));
    assert_eq!(answered("sendrecv"), (Direction::SendRecv, true, "9".to_owned()));
    assert_eq!(answered("recvonly"), (Direction::SendOnly, true, "10".to_owned()));
    assert_eq!(answered("inactive"), (Direction::Inactive, true, "11".to_owned()));
}

#[test]
fn an_address_of_zeros_is_hold() {
    let (_, voice) = answer("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n");
    assert_eq!(voice.direction, Direction::RecvOnly);
}

#[test]
fn m11_encrypted_sound_is_refused_and_never_answered_in_the_clear() {
    let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\n";
    assert_eq!(refusal(&format!("m=audio 4000 RTP/SAVP 0\r\n{crypto}")), NotAcceptable::Encrypted);
    assert_eq!(refusal("m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n"), NotAcceptable::Encrypted);
    let (text, _) = answer(&format!("m=audio 4000 RTP/SAVP 0\r\n{crypto}m=audio 4002 RTP/AVP 0\r\n"));
    assert!(text.contains("m=audio 0 RTP/SAVP 0\r\nm=audio 16384 RTP/AVP 0\r\n"), "{text}");
    let offered = offer(&format!("m=audio 4000 RTP/SAVP 0\r\n{crypto}"));
    let keys: Vec<_> =
        offered.media[0].crypto().map(|crypto| (crypto.tag, crypto.suite.to_owned())).collect();
    assert_eq!(keys, [(1, "AES_CM_128_HMAC_SHA1_80".to_owned())]);
}

#[test]
fn sound_over_ipv6_is_answered_over_ipv6() {
    let text = "v=0\r\no=a 971731711378798081 0 IN IP6 2001:db8::20\r\ns=x\r\nc=IN IP6 2001:db8::20\r\nt=0 0\r\nm=audio 6000 RTP/AVP 8\r\n";
    let offer = Session::parse(text.as_bytes()).expect("offer");
    let (session, voice) =
        answer_for_voice(&offer, "[2001:db8::1]:16384".parse().expect("addr")).expect("acceptable");
    assert_eq!(voice.remote, "[2001:db8::20]:6000".parse().expect("addr"));
    let text = LocalSession::new(1).write(session);
    assert!(
        text.contains("o=- 1 1 IN IP6 2001:db8::1\r\n") && text.contains("c=IN IP6 2001:db8::1\r\n"),
        "{text}"
    );
}

#[test]
fn an_address_that_is_a_name_cannot_be_answered() {
    assert_eq!(refusal("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 phone.example\r\n"), NotAcceptable::NoAddress);
}

#[test]
fn our_offer_is_answered_and_settled() {
    let offer = offer_for_voice(ours(), &[Codec::Pcma, Codec::Pcmu], 101, Direction::SendRecv);
    let text = LocalSession::new(3).write(offer);
    let read = Session::parse(text.as_bytes()).expect("ours");
    assert_eq!(read.media[0].formats, ["8", "0", "101"]);
    let (answer, _) = answer_for_voice(&read, "10.0.0.2:4000".parse().expect("addr")).expect("acceptable");
    let voice = negotiated_by_answer(&answer).expect("settled");
    assert_eq!(
        (voice.codec, voice.telephone_event, voice.direction),
        (Codec::Pcma, Some(101), Direction::SendRecv)
    );
    assert_eq!(voice.remote, "10.0.0.2:4000".parse().expect("addr"));
}

#[test]
fn a_description_reads_back_as_it_was_written() {
    let text = "v=0\r\no=u 1 2 IN IP4 h.example\r\ns=a b\r\ni=info\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\nt=1 2\r\na=tool:x\r\na=inactive\r\n\
                m=audio 4000/2 RTP/AVP 0 97\r\ni=sound\r\nc=IN IP6 2001:db8::1\r\nb=TIAS:1\r\na=rtpmap:97 iLBC/8000\r\na=fmtp:97 mode=20\r\na=ptime:30\r\n";
    let session = Session::parse(text.as_bytes()).expect("description");
    assert_eq!(session.to_string(), text);
    let audio = &session.media[0];
    assert_eq!((audio.fmtp("97"), audio.ptime()), (Some("mode=20"), Some(30)));
    assert_eq!(session.direction_of(audio), Direction::Inactive);
    assert_eq!(session.address_of(audio), "2001:db8::1".parse().ok());
}

#[test]
fn what_is_no_description_is_refused() {
    for (text, error) in [
        ("", SdpError::NotSdp),
        ("testing=123", SdpError::NotSdp),
        ("v=0\r\n", SdpError::Line('o')),
        ("v=0\r\no=- 1 1 IN IP4\r\n", SdpError::Line('o')),
        ("v=0\r\no=- 1 1 IN IP4 h\r\nm=audio x RTP/AVP 0\r\n", SdpError::Line('m')),
        ("v=0\r\no=- 1 1 IN IP4 h\r\nm =video 3227 RTP/AVP 31\r\n", SdpError::Line('m')),
        ("v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP4\r\n", SdpError::Line('c')),
    ] {
        assert_eq!(Session::parse(text.as_bytes()), Err(error), "{text}");
    }
    let endless = format!("v=0\no=- 1 1 IN IP4 h\n{}", "a=x\n".repeat(MAX_LINES));
    assert_eq!(Session::parse(endless.as_bytes()), Err(SdpError::TooLong));
}

#[test]
fn a_user_name_with_blanks_is_forgiven() {
    let session = Session::parse(b"v=0\r\no=Ada Lovelace 5 6 IN IP4 10.0.0.9\r\n").expect("description");
    let Origin { username, id, version, address } = session.origin;
    assert_eq!((&*username, &*id, &*version, &*address), ("Ada Lovelace", "5", "6", "10.0.0.9"));
}
