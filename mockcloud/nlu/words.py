"""Names that the built-in slot types know (K-033): written by hand, the common ones, no gazetteer."""

_RELATIVE = {
    "ko": "앞으로 이따가 이따 잠시후 조금후 조금이따가 방금 방금전 아까 조금전 나중에 곧",
    "ja": "これから あとで 後で さっき 先ほど 今から もうすぐ しばらくして",
    "en": "later soon just_now in_a_moment from_now_on a_while_ago",
}
_ORDER = {
    "ko": "넥스트 앞 이전 마지막 다음 이번 지난 처음 첫번째 두번째 세번째",
    "ja": "次 前 最後 最初 今回 一番目 二番目 三番目",
    "en": "next previous last first this second third",
}
_COUNTRY = {
    "ko": (
        "한국 대한민국 북한 일본 중국 대만 홍콩 미국 캐나다 멕시코 브라질 아르헨티나 칠레 페루 콜롬비아 쿠바 영국 프랑스 독일 이탈리아 스페인 "
        "포르투갈 네덜란드 벨기에 스위스 오스트리아 스웨덴 노르웨이 덴마크 핀란드 아이슬란드 아일랜드 폴란드 체코 헝가리 루마니아 그리스 터키 "
        "러시아 우크라이나 인도 파키스탄 네팔 스리랑카 태국 베트남 캄보디아 라오스 미얀마 말레이시아 싱가포르 인도네시아 필리핀 몽골 "
        "호주 뉴질랜드 이집트 남아프리카공화국 가나 나이지리아 케냐 에티오피아 모로코 이란 이라크 이스라엘 사우디아라비아 아랍에미리트 카타르"
    ),
    "ja": (
        "日本 韓国 北朝鮮 中国 台湾 香港 アメリカ 米国 カナダ メキシコ ブラジル アルゼンチン チリ ペルー コロンビア キューバ イギリス 英国 "
        "フランス ドイツ イタリア スペイン ポルトガル オランダ ベルギー スイス オーストリア スウェーデン ノルウェー デンマーク フィンランド "
        "アイスランド アイルランド ポーランド チェコ ハンガリー ルーマニア ギリシャ トルコ ロシア ウクライナ インド パキスタン ネパール "
        "スリランカ タイ ベトナム カンボジア ラオス ミャンマー マレーシア シンガポール インドネシア フィリピン モンゴル オーストラリア "
        "ニュージーランド エジプト 南アフリカ ガーナ ナイジェリア ケニア エチオピア モロッコ イラン イラク イスラエル サウジアラビア"
    ),
    "en": (
        "Korea South_Korea North_Korea Japan China Taiwan Canada Mexico Brazil Argentina Chile Peru Colombia Cuba France Germany "
        "Italy Spain Portugal Netherlands Belgium Switzerland Austria Sweden Norway Denmark Finland Iceland Ireland Poland Hungary "
        "Greece Turkey Russia Ukraine India Nepal Thailand Vietnam Cambodia Laos Malaysia Singapore Indonesia Philippines Mongolia "
        "Australia New_Zealand Egypt Ghana Nigeria Kenya Ethiopia Morocco Iran Iraq Israel United_States United_Kingdom England"
    ),
}
_CITY = {
    "ko": (
        "서울 부산 도쿄 오사카 교토 나고야 후쿠오카 삿포로 베이징 상하이 타이베이 뉴욕 워싱턴 로스앤젤레스 샌프란시스코 시카고 보스턴 시애틀 "
        "하와이 호놀룰루 토론토 밴쿠버 런던 파리 베를린 뮌헨 프랑크푸르트 로마 밀라노 베네치아 마드리드 바르셀로나 리스본 암스테르담 브뤼셀 "
        "취리히 빈 프라하 부다페스트 바르샤바 스톡홀름 오슬로 코펜하겐 헬싱키 모스크바 이스탄불 아테네 카이로 두바이 뭄바이 델리 방콕 "
        "하노이 호치민 다낭 쿠알라룸푸르 자카르타 발리 마닐라 세부 시드니 멜버른 오클랜드 상파울루 부에노스아이레스 멕시코시티"
    ),
    "ja": (
        "東京 大阪 京都 名古屋 福岡 札幌 横浜 神戸 仙台 広島 那覇 ソウル プサン 釜山 北京 上海 台北 ニューヨーク ワシントン ロサンゼルス "
        "サンフランシスコ シカゴ ボストン シアトル ハワイ ホノルル トロント バンクーバー ロンドン パリ ベルリン ミュンヘン ローマ ミラノ "
        "マドリード バルセロナ リスボン アムステルダム チューリッヒ ウィーン プラハ モスクワ イスタンブール アテネ カイロ ドバイ デリー "
        "バンコク ハノイ ホーチミン ジャカルタ マニラ シドニー メルボルン オークランド"
    ),
    "en": (
        "Seoul Busan Tokyo Osaka Kyoto Beijing Shanghai Taipei New_York Washington Los_Angeles San_Francisco Chicago Boston "
        "Seattle Toronto Vancouver London Paris Berlin Munich Rome Milan Madrid Barcelona Lisbon Amsterdam Zurich Vienna Prague "
        "Moscow Istanbul Athens Cairo Dubai Delhi Bangkok Hanoi Jakarta Manila Sydney Melbourne Auckland"
    ),
}
_ADDRESS = {
    "ko": (
        "서울 서울시 서울특별시 부산 부산시 부산광역시 대구 대구광역시 인천 인천광역시 광주 광주광역시 대전 대전광역시 울산 울산광역시 세종 "
        "세종시 경기 경기도 강원 강원도 충북 충청북도 충남 충청남도 전북 전라북도 전남 전라남도 경북 경상북도 경남 경상남도 제주 제주도 "
        "수원 성남 분당 판교 용인 고양 일산 안양 부천 안산 평택 의정부 춘천 강릉 속초 원주 청주 충주 천안 아산 전주 군산 목포 여수 순천 "
        "포항 경주 안동 구미 창원 김해 진주 거제 서귀포 강남구 강남 서초구 송파구 종로구 마포구 용산구 분당구 해운대구 해운대 정자동 역삼동"
    ),
    "ja": (
        "北海道 青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 埼玉 千葉 東京 東京都 神奈川 新潟 富山 石川 福井 山梨 長野 岐阜 静岡 愛知 三重 滋賀 京都 "
        "京都府 大阪 大阪府 兵庫 奈良 和歌山 鳥取 島根 岡山 広島 山口 徳島 香川 愛媛 高知 福岡 佐賀 長崎 熊本 大分 宮崎 鹿児島 沖縄 札幌 仙台 "
        "横浜 名古屋 神戸 那覇 新宿 渋谷 品川 池袋 銀座"
    ),
    "en": "",
}
_MONEY = {
    "ko": "원 달러 엔 위안 유로 파운드 프랑 페소 루블 루피 바트 동 링깃 크로나 미국달러 홍콩달러 대만달러 캐나다달러 호주달러",
    "ja": "円 ウォン ドル ユーロ ポンド フラン ペソ ルーブル ルピー バーツ ドン 人民元 元 米ドル 香港ドル 台湾ドル 豪ドル",
    "en": "won dollar dollars yen yuan euro euros pound pounds franc peso ruble rupee baht dong",
}
_OFFICIAL = {
    "ko": (
        "신정 설날 설 구정 삼일절 3.1절 식목일 근로자의날 어린이날 어버이날 스승의날 석가탄신일 부처님오신날 현충일 제헌절 광복절 추석 한가위 개천절 "
        "한글날 성탄절 크리스마스 크리스마스이브 정월대보름 단오 칠석 국군의날 빼빼로데이 발렌타인데이 화이트데이 할로윈 입춘 우수 경칩 춘분 청명 "
        "곡우 입하 소만 망종 하지 소서 대서 입추 처서 백로 추분 한로 상강 입동 소설 대설 동지 소한 대한 초복 중복 말복 한식"
    ),
    "ja": (
        "元日 元旦 成人の日 建国記念の日 天皇誕生日 春分の日 昭和の日 憲法記念日 みどりの日 こどもの日 海の日 山の日 敬老の日 秋分の日 "
        "スポーツの日 文化の日 勤労感謝の日 クリスマス クリスマスイブ バレンタインデー ホワイトデー ひな祭り 七夕 お盆 大晦日 母の日 父の日 立春 夏至 冬至"
    ),
    "en": "Christmas Christmas_Eve New_Year Easter Halloween Thanksgiving Independence_Day Valentines_Day",
}
_LISTS = {
    "RELATIVETIME": _RELATIVE,
    "ORDER": _ORDER,
    "WORLD_COUNTRY": _COUNTRY,
    "WORLD_CITY": _CITY,
    "ADDRESS": _ADDRESS,
    "CURRENCY": _MONEY,
    "OFFICIALDATE": _OFFICIAL,
}
UNITS = {
    "ko": (
        "제곱미터 킬로미터 센티미터 밀리미터 킬로그램 밀리그램 밀리리터 메가바이트 기가바이트 킬로와트 퍼센트 킬로 미터 센티 그램 리터 마일 인치 피트 야드 평 "
        "메가 기가 테라 바이트 파운드 온스 갤런 와트 볼트 칼로리 톤 근 도"
    ).split(),
    "ja": (
        "平方めーとる きろめーとる せんちめーとる みりめーとる きろぐらむ みりりっとる めがばいと ぎがばいと ぱーせんと きろ めーとる せんち ぐらむ りっとる まいる いんち "
        "ふぃーと やーど 坪 畳 めが ぎが ばいと ぽんど おんす わっと ぼると かろりー とん 度"
    ).split(),
    "en": (
        "squaremeters kilometers kilometer centimeters kilograms megabytes gigabytes percent meters meter miles mile inches feet "
        "yards grams kilos liters pounds ounces gallons watts volts calories tons degrees"
    ).split(),
}
"""As they stand in a key; the longer one first where one begins with the other."""

_OF_A_COUNTRY = {"ko": ("돈", "통화", "화폐"), "ja": ("のお金", "の通貨"), "en": ()}


def words_of(name: str, lang: str) -> list[str]:
    """The names of a built-in type without its ``CLOVA.``; none for a type that is no list."""
    words = [word.replace("_", " ") for word in _LISTS.get(name, {}).get(lang, "").split()]
    if name == "CURRENCY":
        countries = words_of("WORLD_COUNTRY", lang)
        words += [f"{country} {money}" for country in countries for money in _OF_A_COUNTRY[lang]]
    return words
