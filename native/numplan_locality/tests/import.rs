//! Files in every layout, made here, and what is known after they were read.
#![expect(clippy::expect_used, reason = "a test ends so")]

use numplan::config::encoding::Unsupported;
use numplan_locality::answer::Answer;
use numplan_locality::builtin::Known;
use numplan_locality::import::{Counts, HEADERLESS, Importer, Reject, Unreadable};
use numplan_locality::snapshot::{Refused, Snapshot};
use std::borrow::Cow;
use std::sync::LazyLock;

const CO_CODES: &str = "\u{feff}State\tNPA-NXX\tOCN\tCompany\tRateCenter\tEffectiveDate\tUse\tAssignDate\tInitial/Growth\tPooled Code\tIn Service\tFile Updated 07/06/2026\r\n\
    CA\t415-886 \t7229\t\"MCIMETRO, ATS - CA\"\tCORTEMADRA\t\tAS\t\t\t\t\t\r\n\
    CA\t415-855\t6529\t\"T-MOBILE USA DBA T-MOBILE\"\tSNFC CNTRL\t\tAS\t\t\t\t\t\r\n\
    CA\t415-924\t7229\t\tCORTEMADRA\t\tAS\t\t\t\t\t\r\n\
    CA\t415-999\t\t\t\t\tUA\t\t\t\t\t\r\n";

const BLOCKS: &str = "Region,State,NPA,NXX,X,STATUS,Code Holder,Contaminated (Y or N),Contaminated TNs not Available for Assignment,Rate Center,Block Effective Date,Block Available Date,Assigned To,OCN,Date Assigned\n\
    WEST,CA,415,886,7,AS,7229,N,,CORTEMADRA,,,\"BANDWIDTH.COM CLEC, LLC - CA\",981E,\n\
    WEST,CA,415,886,8,AS,7229,N,,CORTEMADRA,,,,,\n\
    WEST,CA,415,886,9,AV,7229,N,,CORTEMADRA,,,,,\n";

const COMMERCIAL: &str = "NPA,NXX,CountyPop,ZipCodeCount,ZipCodeFreq,Latitude,Longitude,State,City,County,TimeZone,ObservesDST,NXXUseType,NXXIntroVersion,ZipCode,NPANew,FIPS,LATA,Overlay,RateCenter,SwitchCLLI,MSA_CBSA,MSA_CBSA_CODE,OCN,Company,CoverageAreaName,NPANXX,Flags,Status,WeightedLat,WeightedLon\n\
    415,855,1,10,-2,37.789973706997,-122.406446128903,CA,San Francisco,SF,8,Y,W,,94103,,1,722,,SNFC CNTRL,SNFCCA21XUY,,,6529,T-Mobile USA Inc,SF,415855,,,,\n\
    415,855,1,99,60,37.789973706997,-122.406446128903,CA,San Francisco,SF,8,Y,W,,94108,,1,722,,SNFC CNTRL,SNFCCA21XUY,,,6529,T-Mobile USA Inc,SF,415855,,,,\n\
    415,855,1,20,-1,37.789973706997,-122.406446128903,CA,San Francisco,SF,8,Y,W,,94104,,1,722,,SNFC CNTRL,SNFCCA21XUY,,,6529,T-Mobile USA Inc,SF,415855,,,,\n\
    415,855,1,20,0,37.789973706997,-122.406446128903,CA,San Francisco,SF,8,Y,W,,94999,,1,722,,SNFC CNTRL,SNFCCA21XUY,,,6529,T-Mobile USA Inc,SF,415855,,,,\n";

const NALENND: &str = "NPA,NXX,BLOCK_ID,TBP_IND,LATA,LTYPE,CONTAM,STATE,COUNTRY,WC,WCV,WCH,SWITCH,RC,OCN,ZIP\n\
    415,855,A,N,722,C,N,CA,USA,,,,SNFCCA21XUY,SNFC CNTRL,6529,94108;94104;94103\n";

const LERG_6: &str = "LATA,LATA_NAME,STATUS,EFF_DATE,NPA,NXX,BLOCK_ID,filler,COC_TYPE,SSC,DIND,TD_EO,TD_AT,PORTABLE,AOCN,filler,OCN,LOC_NAME,LOC,LOC_STATE,RC_ABBRE,RC_TY,LINE_FR,LINE_TO,SWITCH\n\
    722,SAN FRAN,,,415,855,A,,EOC,N,,,,Y,6529,,6529,SAN FRANCISCO,,CA,SNFC CNTRL,,0000,9999,SNFCCA21XUY\n";

const LERG_1: &str =
    "OCN_NUM,OCN_NAME,ABBRE_OCN_NAME,OCN_STATE,CATEGORY,OVERALL_OCN\n6529,T-MOBILE USA DBA T-MOBILE,TMO,CA,PCS,6529\n";

const CNAC: &str = "NPA,CO Code (NXX),Status,Pooled,Exchange Area,Province,Company,OCN,Remarks\n\
    ,,,,,,,,Updated 2026-07-01\n\
    416,203,In Service,N,Toronto,Ontario,Bell Canada,8050,\n\
    416,204,Available,N,Toronto,Ontario,,,\n";

fn read(files: &[(&str, Option<&str>)]) -> (Vec<u8>, Vec<Counts>, Vec<Reject>) {
    let mut importer = Importer::new();
    let (mut counts, mut rejects) = (Vec::new(), Vec::new());
    for (text, format) in files {
        importer.begin("2026-01-02", *format).expect("a known format");
        // In small parts, so that lines are cut anywhere.
        for part in text.as_bytes().chunks(7) {
            importer.feed(part, false).expect("a readable file");
        }
        importer.feed(&[], true).expect("a readable file");
        counts.push(importer.counts());
        rejects.extend(importer.take_rejects());
    }
    (importer.finish(known()), counts, rejects)
}

fn known() -> &'static Known {
    static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::open().expect("the tables are whole"));
    &KNOWN
}

fn answer<'a>(bytes: &'a [u8], number: &str) -> Answer<'a> {
    let snapshot = Snapshot::check(bytes).expect("what was written can be read");
    Answer::of(known(), Some(&snapshot), number).expect("a number")
}

fn text(text: &str) -> Option<Cow<'_, str>> {
    Some(text.into())
}

#[test]
fn codes_name_their_holder_and_the_city_of_their_rate_center() {
    let (bytes, counts, rejects) = read(&[(CO_CODES, None)]);
    assert_eq!(
        counts,
        [Counts {
            rows: 4,
            used: 3,
            unassigned: 1,
            ..Counts::default()
        }]
    );
    assert_eq!(rejects, []);
    let answer = answer(&bytes, "+14158551292");
    assert_eq!(answer.ocn, text("6529"));
    assert_eq!(answer.company, text("T-MOBILE USA DBA T-MOBILE"));
    assert_eq!(answer.dba, text("T-MOBILE"));
    assert_eq!((answer.province, answer.country), (text("CA"), text("US")));
    assert_eq!(answer.geocode, Some("California"));
    let source = answer.carrier_source.expect("a source");
    assert_eq!((source.by, source.as_of), ("nxx", "2026-07-06"));
}

#[test]
fn blocks_win_over_their_code_and_inherit_no_holder() {
    let (bytes, counts, _) = read(&[(BLOCKS, None), (CO_CODES, None)]);
    assert_eq!(counts.first().map(|counts| counts.unassigned), Some(1));
    let held = answer(&bytes, "+14158867900");
    assert_eq!((held.ocn, held.dba), (text("981E"), text("BANDWIDTH.COM CLEC, LLC")));
    assert_eq!(held.city, text("Corte Madera"));
    assert_eq!(held.postal_code, text("94925"));
    assert_eq!(held.locality_source.map(|source| source.by), Some("block"));
    let unknown = answer(&bytes, "+14158868900");
    assert_eq!((unknown.ocn, unknown.company, unknown.switch), (None, None, None));
    assert_eq!(unknown.city, text("Corte Madera"));
    let of_code = answer(&bytes, "+14158861234");
    assert_eq!(of_code.ocn, text("7229"));
}

#[test]
fn the_commercial_layout_fills_every_field_and_orders_postal_codes() {
    let (bytes, counts, rejects) = read(&[(COMMERCIAL, None)]);
    assert_eq!((counts.first().map(|counts| counts.used), rejects.len()), (Some(4), 0));
    let answer = answer(&bytes, "+14158551292");
    assert_eq!(answer.city, text("San Francisco"));
    assert_eq!(answer.postal_code, text("94108"));
    assert_eq!(answer.alt_postal_codes, ["94104", "94103"]);
    assert_eq!(answer.latitude, text("37.789973706997"));
    assert_eq!(answer.longitude, text("-122.406446128903"));
    assert_eq!(
        (answer.line_type, answer.switch),
        (text("WIRELESS"), text("SNFCCA21XUY"))
    );
    assert_eq!(
        (answer.category, answer.dba),
        (text("WIRELESS"), text("T-Mobile USA Inc"))
    );
}

#[test]
fn the_same_comes_out_of_every_layout() {
    let lerg = read(&[(LERG_6, None), (LERG_1, None)]).0;
    let nalennd = read(&[(NALENND, None), (LERG_1, None)]).0;
    for bytes in [lerg, nalennd] {
        let answer = answer(&bytes, "+14158551292");
        assert_eq!(answer.ocn, text("6529"));
        assert_eq!(answer.company, text("T-MOBILE USA DBA T-MOBILE"));
        assert_eq!(
            (answer.category, answer.line_type),
            (text("WIRELESS"), text("WIRELESS"))
        );
        assert_eq!((answer.province, answer.switch), (text("CA"), text("SNFCCA21XUY")));
    }
}

#[test]
fn canada_s_file_names_provinces_and_begins_with_a_stamp() {
    let (bytes, counts, rejects) = read(&[(CNAC, None)]);
    assert_eq!(
        counts,
        [Counts {
            rows: 3,
            used: 1,
            unassigned: 1,
            rejected: 1,
            ..Counts::default()
        }]
    );
    assert_eq!(
        rejects
            .iter()
            .map(|reject| (reject.line, reject.reason))
            .collect::<Vec<_>>(),
        [(2, "no NPA and NXX")]
    );
    let answer = answer(&bytes, "+14162031234");
    assert_eq!(
        (answer.country, answer.province, answer.city),
        (text("CA"), text("ON"), text("Toronto"))
    );
    assert_eq!((answer.company, answer.postal_code), (text("Bell Canada"), None));
}

#[test]
fn the_same_files_make_the_same_snapshot() {
    let files = [
        (CO_CODES, None),
        (BLOCKS, None),
        (COMMERCIAL, None),
        (CNAC, None),
        (LERG_1, None),
    ];
    let (first, ..) = read(&files);
    for _ in 0..8 {
        assert!(read(&files).0 == first);
    }
}

#[test]
fn a_file_without_a_header_needs_its_format() {
    let rows = "415,855,San Francisco,CA\n415,886,Corte Madera,CA\n";
    let mut importer = Importer::new();
    assert_eq!(importer.begin("", Some("any")), Err(Unreadable::UnknownFormat));
    assert_eq!(importer.begin("", None), Ok(()));
    assert_eq!(importer.feed(rows.as_bytes(), true), Err(Unreadable::NoHeader));
    let (bytes, ..) = read(&[(rows, Some(HEADERLESS))]);
    assert_eq!(answer(&bytes, "+14158867900").postal_code, text("94925"));
}

#[test]
fn rows_that_are_wrong_are_named_and_the_others_are_used() {
    let header = "State,NPA,NXX,OCN,Company,RateCenter\n";
    let long = "x".repeat(70_000);
    let rows = format!(
        "{header}CA,115,855,6529,A,B\nCA,415,85,6529,A,B\nCA,415,855,529,A,B\nCalifornia,415,855,6529,A,B\nCA,415,855,6529,\"A,B\n\
         {long}\n\nCA,415,855,6529,A,SNFC\nCA,415,855,7229,B,SNFC\nCA,415,856,652a,A,SNFC"
    );
    let mut bytes = rows.into_bytes();
    bytes.extend(b"\nCA,415,857,6529,Soci\xE9t\xE9,SNFC");
    let mut importer = Importer::new();
    importer.begin("2026-01-02", None).expect("no format");
    importer.feed(&bytes, true).expect("a header");
    let reasons: Vec<(u64, &str)> = importer
        .take_rejects()
        .iter()
        .map(|reject| (reject.line, reject.reason))
        .collect();
    let expected = [
        (2, "NPA that is not 200 to 999"),
        (3, "NXX that is not 200 to 999"),
        (4, "OCN that is not four letters or digits"),
        (5, "state or province that is not two letters"),
        (6, "quote without end"),
        (7, "line of more than 65,536 bytes"),
        (10, "code or block that an earlier row has"),
    ];
    assert_eq!(reasons, expected);
    assert_eq!(
        importer.counts(),
        Counts {
            rows: 10,
            used: 3,
            rejected: 7,
            latin1: 1,
            unassigned: 0
        }
    );
    let bytes = importer.finish(known());
    assert_eq!(answer(&bytes, "+14158571234").company, text("Société"));
    assert_eq!(answer(&bytes, "+14158561234").ocn, text("652A"));
}

#[test]
fn a_line_of_a_gigabyte_takes_no_memory() {
    let mut importer = Importer::new();
    importer.begin("2026-01-02", None).expect("no format");
    importer.feed(b"NPA,NXX,OCN\n", false).expect("a header");
    let part = vec![b'x'; 1 << 20];
    for _ in 0..1_024 {
        importer.feed(&part, false).expect("more of the line");
    }
    importer.feed(b"\n415,855,6529", true).expect("the last line");
    assert_eq!(
        importer.counts(),
        Counts {
            rows: 2,
            used: 1,
            rejected: 1,
            ..Counts::default()
        }
    );
}

#[test]
fn utf_16_and_utf_32_are_refused() {
    let text = "\u{feff}NPA,NXX\n415,855\n";
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_32: Vec<u8> = text
        .chars()
        .flat_map(|letter| u32::from(letter).to_be_bytes())
        .collect();
    for (bytes, encoding) in [(utf_16, Unsupported::Utf16), (utf_32, Unsupported::Utf32)] {
        let mut importer = Importer::new();
        importer.begin("", None).expect("no format");
        assert_eq!(importer.feed(&bytes, true), Err(Unreadable::Encoding(encoding)));
    }
}

#[test]
fn a_snapshot_that_was_damaged_is_refused() {
    let (bytes, ..) = read(&[(COMMERCIAL, None)]);
    assert_eq!(Snapshot::check(b"PK\x03\x04").err(), Some(Refused::Foreign));
    assert_eq!(Snapshot::check(&[]).err(), Some(Refused::Foreign));
    for length in 8..bytes.len() {
        let cut = bytes.get(..length).expect("a part");
        assert_eq!(Snapshot::check(cut).err(), Some(Refused::Length), "{length} bytes");
    }
    for at in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        *flipped.get_mut(at / 8).expect("a byte") ^= 1 << (at % 8);
        assert!(Snapshot::check(&flipped).is_err(), "bit {at}");
        // What nobody checked is read all the same, and ends well.
        if let Ok(snapshot) = Snapshot::open(&flipped) {
            let _ = snapshot.entry(b"4158551292");
        }
    }
    let mut newer = bytes.clone();
    *newer.get_mut(8).expect("a byte") = 9;
    assert_eq!(Snapshot::check(&newer).err(), Some(Refused::Version(9)));
}

#[test]
fn without_a_file_what_is_known_is_given_and_no_more() {
    let known = known();
    let answer = Answer::of(known, None, "+14158551292").expect("a number");
    assert_eq!(
        (answer.geocode, answer.province.as_deref(), answer.city),
        (Some("California"), Some("CA"), None)
    );
    assert_eq!(
        (answer.postal_code, answer.ocn, answer.company, answer.line_type),
        (None, None, None, None)
    );
    let city = Answer::of(known, None, "+12012001234").expect("a number");
    assert_eq!(
        (city.geocode, city.city.as_deref(), city.province.as_deref()),
        (Some("Jersey City, NJ"), Some("Jersey City"), Some("NJ"))
    );
    assert_eq!(city.postal_code.as_deref().map(|code| code.get(..3)), Some(Some("073")));
    let abroad = Answer::of(known, None, "+819012345678").expect("a number");
    assert_eq!(
        (
            abroad.country.as_deref(),
            abroad.company.as_deref(),
            abroad.line_type.as_deref()
        ),
        (Some("JP"), Some("KDDI"), Some("WIRELESS"))
    );
    assert!(Answer::of(known, None, "+00").is_none());
    let manifest = include_str!("../data/manifest.tsv");
    let version = numplan_locality::answer::DATA
        .strip_prefix("libphonenumber ")
        .expect("a version");
    assert!(manifest.starts_with(&format!("source\tphonenumbers {version}\t")));
}
