"""Surnames by which one sees where in a name the family's part stands."""

import re

# The most frequent of China; text.COMPOUND_SURNAMES has those of two characters.
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧"
    "洪施陶倪樊严牛葛温柳邢安齐伍庞颜莫章庄聂肖申闵"
)
# In simplified characters; the more frequent ones of 51,632 persons (Chinese-Names-Corpus, Apache-2.0).
JAPANESE = frozenset(
    """
    佐藤 铃木 高桥 田中 渡辺 渡边 伊藤 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 清水 斎藤 斉藤
    斋藤 阿部 阿倍 森田 池田 桥本 山崎 石川 中岛 前田 藤田 小川 后藤 冈田 长谷川 村上 近藤 石井 坂本 远藤 青木
    藤井 西村 福田 太田 三浦 藤原 冈本 松田 中川 中野 原田 小野 田村 竹内 金子 和田 中山 石田 上田 森本 柴田
    酒井 工藤 横山 宫崎 宫本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本 武田 上野 杉山 増田 平野 大冢 千叶
    松井 野口 菊地 木下 佐野 野村 五十岚 久保田 佐久间 小笠原 大久保 宇都宫 长谷部 日下部 阿久津 小野寺 松平
    佐佐 山下 毛利 织田 本多 内藤 大久 伊达 青山 市川 水野 小田 北条 菊池 河野 黒田 山内 细川 大谷 小笠 桜井
    小岛 星野 吉川 矢野 村田 牧野 小松 上杉 松下 岩崎 本田 岛津 小山 永井 岛田 高野 熊谷 伊东 服部 広瀬 西川
    浅野 三宅 安田 大岛 杉本 北村 高山 尾崎 大西 吉野 山中 新井 八木 川崎 小仓 荒木 西田 南部 武藤 大石 福岛
    片冈 秋山 川岛 津田 松冈 松浦 新田 中西 佐久 川上 水谷 田辺 樋口 中田 长尾 川村 稲叶 戸田 三好 石原 土屋
    野田 富田 菅原 结城 金井 立花 望月 沢田 佐伯 白井 浜田 吉村 豊田 片山 松尾 天野 小泉 佐竹 大和 古川 岩田
    永田 有马 本间 大桥 冈部 萩原 畠山 奥田 北川 赤松 大江 大沢 冈崎 平井 浅井 上原 神田 松永 小池 小沢 樱井
    中原 成田 大田 饭田 土井 喜多 筿原 渡部 今村 平山 平田 寺田 田口 相良 真田 大内 丹羽 渡邉 马场 白石 朝仓
    大山 徳川 冈村 河合 金田 鸟居 三木 石黒 宇都 多田 亀井 荒川 菅野 堀田 三上 森川 森下 石桥 小原 早川 安倍
    安部 岸本 奥村 川口 村井 大村 児玉 古贺 镰田 奈良 三井 渋谷 上村 田岛 西山 安达 坂口 川胜 稲垣 福井 福原
    栗原 片桐 山冈 相马 泽田 竹田 安井 北原 大友 関口 锅岛 金沢 小西 椎名 春日 大森 町田 根本 関根 角田 堀内
    立川 平冈 狩野 益田 板仓 宫田 宫下 河村 横田 荒井 甲斐 柳沢 日高 日野 松山 松原 田代 中井 足立 白川 坂井
    坂田 波多 村山 土岐 黒木
    """.split()
)
KOREAN_OF_TWO = frozenset("남궁 황보 제갈 선우 독고 사공 서문 동방".split())
KOREAN_LATIN = frozenset(
    """
    kim lee park choi jung jeong kang cho yoon jang lim han oh seo shin kwon hwang ahn song ryu hong
    """.split()
)
# As Hong Kong spells them.
CANTONESE = frozenset(
    """
    wong chan lee cheung lau leung chow kwok ng lam cheng ho tsang tang yip mak tam lui fung kwan yeung tse
    choi yuen hui siu chiu chu wan poon pang kwong mok to szeto au auyeung tsui suen ko law
    """.split()
)
VIETNAMESE = frozenset(
    """
    nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly dinh truong doan mai trinh dao
    lam
    """.split()
)
# Those nobody else has.
VIETNAMESE_ALONE = frozenset("nguyen tran pham huynh hoang truong trinh duong dinh doan phan dang".split())
VIETNAMESE_LETTERS = re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)
# The hundred most frequent, most frequent first: Wang Wei and Wei Wang are both of the family Wang.
PINYIN = """
wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng xie han tang feng
yu dong xiao cheng cao yuan deng fu shen zeng peng lv su lu jiang cai jia ding wei xue ye yan pan du dai xia zhong
tian ren fan fang shi yao tan liao zou xiong jin hao kong bai cui kang mao qiu qin gu hou shao meng long wan duan lei
qian yin chang qiao lai gong wen ouyang
"""
PINYIN_RANKS = {surname: rank for rank, surname in enumerate(PINYIN.split())}
